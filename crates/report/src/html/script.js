// Adds sorting and search to the tables of a report, and a light and a dark theme. Without this script the
// page still shows all content.
(() => {
  "use strict";
  const root = document.documentElement;
  // The style hides elements that depend on whether the script runs.
  root.classList.add("js");

  // The number of rows that are added at a time, when the reader scrolls.
  const PAGE = 200;
  const SEVERITIES = ["critical", "high", "medium", "low", "info", "ok"];

  const element = (name, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };
  const counted = (count) => count.toLocaleString("en") + (count === 1 ? " row" : " rows");

  // Some browsers refuse storage to pages from a disk; the choice is then lost when the page is closed.
  const stored = {
    get: () => { try { return localStorage.getItem("moonfleet-theme"); } catch { return null; } },
    set: (theme) => { try { localStorage.setItem("moonfleet-theme", theme); } catch { /* see above */ } },
  };

  function addThemes() {
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const button = element("button", { type: "button", className: "theme" });
    const is = () => root.dataset.theme || (dark.matches ? "dark" : "light");
    const show = () => { button.textContent = is() === "dark" ? "Light" : "Dark"; };
    button.title = "Switch between light and dark theme";
    button.addEventListener("click", () => {
      root.dataset.theme = is() === "dark" ? "light" : "dark";
      stored.set(root.dataset.theme);
      show();
    });
    dark.addEventListener("change", show);
    show();
    document.querySelector("header.page")?.append(button);
  }

  class Records {
    constructor(section) {
      this.table = section.querySelector("table");
      this.rows = [...this.table.tBodies].flatMap((body) => [...body.rows]);
      this.body = this.table.tBodies[0];
      // The rows are kept here: a page with all rows would be slow to lay out.
      for (const body of [...this.table.tBodies].slice(1)) body.remove();
      this.found = this.rows.map((_, at) => at);
      this.order = this.found;
      this.words = [];
      this.shown = Math.min(PAGE, this.rows.length);
      this.keys = new Map();
      this.addHeads();
      if (this.rows.length > 1) this.addSearch(section);
      this.addMore(section);
      addEventListener("beforeprint", () => this.show(Infinity));
    }

    addHeads() {
      this.heads = [...this.table.tHead.rows[0].cells];
      if (this.rows.length < 2) return;
      this.heads.forEach((head, column) => {
        const button = element("button", { type: "button" }, ...head.childNodes);
        button.addEventListener("click", () => this.sort(column));
        head.append(button);
        head.setAttribute("aria-sort", "none");
      });
    }

    addSearch(section) {
      const all = counted(this.rows.length);
      this.count = element("span", { className: "count", textContent: all });
      this.count.setAttribute("role", "status");
      const input = element("input", { type: "search", placeholder: "Search " + all, spellcheck: false });
      input.setAttribute("aria-label", "Search " + this.table.caption.textContent);
      let waiting;
      input.addEventListener("input", () => {
        clearTimeout(waiting);
        // In long tables, several keystrokes are combined into one search.
        waiting = setTimeout(() => this.search(input.value), this.rows.length > 2000 ? 120 : 0);
      });
      const bar = element("div", { className: "toolbar" }, input, this.count);
      section.querySelector(".scroll").before(bar);
    }

    addMore(section) {
      const more = element("button", { type: "button" });
      more.addEventListener("click", () => this.show(this.shown + PAGE));
      const all = element("button", { type: "button", textContent: "Show all" });
      all.addEventListener("click", () => this.show(Infinity));
      this.next = more;
      this.more = element("p", { className: "more", hidden: true }, more, all);
      section.append(this.more);
      this.show(PAGE);
      new IntersectionObserver((seen) => {
        if (seen.some((entry) => entry.isIntersecting)) this.show(this.shown + PAGE);
      }, { rootMargin: "400px" }).observe(this.more);
    }

    // Returns the sort keys of a column: numbers, severities from the worst on, or texts. Empty cells come last.
    keysOf(column) {
      if (this.keys.has(column)) return this.keys.get(column);
      const cells = this.rows.map((row) => row.cells[column]);
      const texts = cells.map((cell) => cell.dataset.value ?? cell.textContent);
      const isNumber = this.heads[column].classList.contains("number");
      const isSeverity = this.heads[column].textContent === "severity";
      let keys;
      if (isNumber) keys = texts.map((text) => (text === "" ? null : Number(text)));
      else if (isSeverity) keys = texts.map((text) => (text === "" ? null : SEVERITIES.indexOf(text)));
      else keys = ranks(texts);
      this.keys.set(column, keys);
      return keys;
    }

    sort(column) {
      const was = this.heads[column].getAttribute("aria-sort");
      const direction = was === "ascending" ? "descending" : "ascending";
      for (const head of this.heads) head.setAttribute("aria-sort", "none");
      this.heads[column].setAttribute("aria-sort", direction);
      const keys = this.keysOf(column);
      const sign = direction === "ascending" ? 1 : -1;
      this.order = this.order.slice().sort((a, b) => {
        const one = keys[a], other = keys[b];
        if (one === other) return a - b;
        if (one === null) return 1;
        if (other === null) return -1;
        return sign * (one < other ? -1 : 1);
      });
      this.apply();
    }

    search(text) {
      this.words = text.toLowerCase().split(/\s+/).filter(Boolean);
      this.texts ??= this.rows.map((row) => [...row.cells].map((cell) => cell.textContent).join("\n").toLowerCase());
      this.apply();
    }

    apply() {
      const has = (at) => this.words.every((word) => this.texts[at].includes(word));
      this.found = this.words.length === 0 ? this.order : this.order.filter(has);
      const all = counted(this.rows.length);
      const some = this.found.length.toLocaleString("en") + " of " + all;
      if (this.count) this.count.textContent = this.words.length === 0 ? all : some;
      this.body.replaceChildren();
      this.shown = 0;
      this.show(PAGE);
    }

    // Shows the rows up to this index.
    show(until) {
      const added = this.found.slice(this.shown, until).map((at) => this.rows[at]);
      if (this.body.rows.length < this.shown + added.length) this.body.append(...added);
      this.shown = Math.min(until, this.found.length);
      const left = this.found.length - this.shown;
      this.more.hidden = left === 0;
      this.next.textContent = "Show " + counted(Math.min(PAGE, left)) + " more";
    }
  }

  // Returns the rank of each text, so that sorting compares only numbers. `web-2` is before `web-10`.
  function ranks(texts) {
    const compare = new Intl.Collator("en", { numeric: true }).compare;
    const sorted = [...new Set(texts)].sort(compare);
    const places = new Map(sorted.map((text, at) => [text, at]));
    return texts.map((text) => (text === "" ? null : places.get(text)));
  }

  const theme = stored.get();
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  document.addEventListener("DOMContentLoaded", () => {
    addThemes();
    for (const section of document.querySelectorAll(".records")) {
      if (section.querySelector("table")) new Records(section);
    }
  });
})();
