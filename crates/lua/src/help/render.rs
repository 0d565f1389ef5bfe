//! Formats help as plain text of a given width, the same on a screen and in a file.

use moonfleet_bindings::{ActionCondition, ExtraAction};
use moonfleet_core::counted;
use textwrap::{Options, WordSplitter, fill};

use super::search::ServiceMatches;
use super::stub::{Definition, Function, Module, StubEntry};
use super::{FieldHelp, Inner, Member, OperationHelp, Overview, SearchResults, ServiceHelp, Topic, WaiterHelp};

/// The maximum width of the column of names; the text of a longer name begins on the next line.
const MAX_NAME_WIDTH: usize = 34;
/// The maximum number of values of an enumeration that are listed.
const MAX_VALUES: usize = 8;
/// The maximum number of fields of a structure that are listed.
const MAX_FIELDS: usize = 6;

pub fn render(topic: &Topic, width: usize) -> String {
    let mut page = TextPage { text: String::new(), width: width.max(40) };
    match topic {
        Topic::Overview(overview) => page.overview(overview),
        Topic::Service(service) => page.service(service),
        Topic::Operation(operation) => page.operation(operation),
        Topic::Field(field) => page.field(field),
        Topic::Waiter(waiter) => page.waiter(waiter),
        Topic::Module(module) => page.module(module),
        Topic::Function(function) => page.function(function),
        Topic::Found(found) => page.found(found),
    }
    page.text
}

struct TextPage {
    text: String,
    width: usize,
}

impl TextPage {
    fn overview(&mut self, overview: &Overview) {
        self.paragraph(
            "help(x) shows the help of an operation, a service, a module or a function, or of a name in quotes.",
        );
        self.paragraph(
            "help(\"*vpc*\") searches names and descriptions, help(\"ec2.run_instances.placement\") shows a field.",
        );
        let services = overview.services.iter().map(|(name, count)| ((*name).to_owned(), counted(*count, "operation")));
        self.rows("services", services);
        self.paragraph(&format!(
            "  and {} more, which aws.services() lists; help(\"*load balanc*\") finds one",
            overview.others
        ));
        self.section("modules", &overview.modules.join(", "));
        self.section("functions", &overview.functions.join(", "));
        self.code("examples", "help(ec2.run_instances)\nhelp(\"iam\")\nhelp(fleet.run)");
    }

    fn service(&mut self, service: &ServiceHelp) {
        let risks = service.risks.iter().map(|(risk, count)| format!("{count} {risk}")).collect::<Vec<_>>().join(", ");
        let title = format!("{}: {}", service.name, service.title);
        self.paragraph(&format!("{title}, {} ({risks})", counted(service.operations, "operation")));
        if !service.aliases.is_empty() {
            self.section("also known as", &service.aliases.join(", "));
        }
        if service.is_declared {
            let name = service.name;
            let in_scripts = format!("services = {{ \"{name}\" }} in the header, or aws.service \"{name}\"");
            self.section("in scripts", &in_scripts);
        }
        let samples = service.samples.iter().filter(|(_, names)| !names.is_empty());
        self.rows("for example", samples.map(|(risk, names)| (risk.to_string(), names.join(", "))));
        if !service.waiters.is_empty() {
            self.section(&format!("waiters, in {}.wait", service.name), &service.waiters.join(", "));
        }
        self.code("all of them", &format!("for name in pairs({}) do print(name) end", service.name));
        self.link(&service.link);
    }

    fn operation(&mut self, operation: &OperationHelp) {
        self.paragraph(&operation.name);
        let secrets = operation.gives_secrets.then(|| ("secrets".to_owned(), "in its answer".to_owned()));
        let rows = [("risk".to_owned(), operation.risk.to_string()), ("IAM".to_owned(), permissions(operation))];
        let cost = operation.price.map(|price| ("cost".to_owned(), format!("{price} for each request and page")));
        let pages = operation.page_size.map(|(parameter, most)| {
            (
                "pages".to_owned(),
                format!("at most {}, set by {parameter}", counted(usize::try_from(most).unwrap_or_default(), "item")),
            )
        });
        self.entries(rows.into_iter().chain(secrets).chain(cost).chain(pages));
        self.members("parameters", &operation.parameters);
        self.members("answer", &operation.result);
        if let Some(items) = &operation.items {
            self.members(&format!("items, in {}", items.path), &items.members);
        }
        self.forms(operation);
        self.code("example", &operation.example);
        self.link(&operation.link);
    }

    fn field(&mut self, field: &FieldHelp) {
        self.paragraph(&field.name);
        for (place, member, inner) in &field.places {
            let text = match (&member.inner, inner.is_empty()) {
                // A page of one field has room for all values.
                (Inner::Values(values), _) => format!("{}: {}", plain(member), values.join(", ")),
                (Inner::OneOf(_), false) => format!("{}: exactly one of these", plain(member)),
                _ => plain(member),
            };
            self.section(place, &text);
            self.entries(inner.iter().map(|member| (format!("  {}", member.name), described(member))));
        }
    }

    fn found(&mut self, found: &SearchResults) {
        self.paragraph(&format!("{}: help(\"NAME\") shows one of these", found.pattern));
        self.rows("services", found.services.iter().map(|(name, title)| ((*name).to_owned(), (*title).to_owned())));
        for ServiceMatches { service, risks } in &found.operations {
            let risks = risks.iter().map(|(risk, names)| (risk.to_string(), names.join(", ")));
            self.rows(&format!("operations of {service}"), risks);
        }
        if !found.waiters.is_empty() {
            self.section("waiters", &found.waiters.join(", "));
        }
        self.rows("modules", found.modules.iter().cloned());
        self.rows("functions", found.functions.iter().cloned());
    }

    fn forms(&mut self, operation: &OperationHelp) {
        let forms = forms(operation);
        if forms.is_empty() {
            return;
        }
        let description = |form: &&str| match *form {
            ".all" => "returns a list of all items",
            ".items" => "returns an iterator over all items",
            _ => "returns an iterator over all pages",
        };
        let name = &operation.name;
        let more = forms.iter().map(|form| (format!("{name}{form}"), description(form).to_owned()));
        self.rows("forms", std::iter::once((name.clone(), "one request; returns its answer".to_owned())).chain(more));
    }

    fn waiter(&mut self, waiter: &WaiterHelp) {
        self.paragraph(&format!("{}: polls {} until this state is reached", waiter.name, waiter.polls));
        self.members("parameters, in addition to timeout and delay", &waiter.parameters);
        self.code("example", &waiter.example);
    }

    fn module(&mut self, module: &Module) {
        let prose = if module.prose.is_empty() { String::new() } else { format!(": {}", module.prose) };
        self.paragraph(&format!("{}{prose}", module.name));
        self.rows("functions", module.functions.iter().cloned());
    }

    fn function(&mut self, function: &Function) {
        self.paragraph(&function.signature);
        if !function.prose.is_empty() {
            self.text.push('\n');
            self.paragraph(&function.prose);
        }
        self.rows("parameters", function.parameters.iter().map(parameter));
        for definition in &function.types {
            self.definition(definition);
        }
    }

    fn definition(&mut self, definition: &Definition) {
        let description =
            [definition.ty.as_str(), definition.prose.as_str()].into_iter().filter(|part| !part.is_empty());
        let description = description.collect::<Vec<_>>().join("  ");
        if definition.fields.is_empty() {
            self.section(&definition.name, &description);
            return;
        }
        self.text.push('\n');
        let colon = if description.is_empty() { "" } else { ": " };
        self.paragraph(&format!("{}{colon}{description}", definition.name));
        self.entries(definition.fields.iter().map(parameter));
    }

    fn members(&mut self, title: &str, members: &[Member]) {
        self.rows(title, members.iter().map(|member| (member.name.to_owned(), described(member))));
    }

    // Pieces.

    fn paragraph(&mut self, text: &str) {
        self.wrap(text, "", "");
    }

    fn section(&mut self, title: &str, text: &str) {
        self.text += &format!("\n{title}\n");
        self.indented(text);
    }

    fn indented(&mut self, text: &str) {
        self.wrap(text, "  ", "  ");
    }

    fn code(&mut self, title: &str, text: &str) {
        self.text += &format!("\n{title}\n");
        for line in text.lines() {
            self.text += &format!("  {line}\n");
        }
    }

    /// Adds a link, which is never wrapped.
    fn link(&mut self, link: &str) {
        self.text += &format!("\n{link}\n");
    }

    fn rows(&mut self, title: &str, rows: impl IntoIterator<Item = (String, String)>) {
        let mut rows = rows.into_iter().peekable();
        if rows.peek().is_some() {
            self.text += &format!("\n{title}\n");
            self.entries(rows);
        }
    }

    /// Adds a column of names, and their texts beside them.
    fn entries(&mut self, rows: impl IntoIterator<Item = (String, String)>) {
        let rows: Vec<_> = rows.into_iter().collect();
        let fitting =
            rows.iter().map(|(name, _)| name.len()).filter(|length| *length <= MAX_NAME_WIDTH.min(self.width / 3));
        let column = fitting.max().unwrap_or(0);
        let indent = " ".repeat(column + 4);
        for (name, text) in rows {
            let mut first = format!("  {name:column$}  ");
            if name.len() > column {
                self.indented(&name);
                first.clone_from(&indent);
            }
            self.wrap(&text, &first, &indent);
        }
    }

    /// Wraps a text between words; names with hyphens are not split.
    fn wrap(&mut self, text: &str, first: &str, indent: &str) {
        let options = Options::new(self.width).initial_indent(first).subsequent_indent(indent);
        self.text += fill(text, options.word_splitter(WordSplitter::NoHyphenation)).trim_end();
        self.text.push('\n');
    }
}

/// Returns the forms of an operation besides the call itself.
pub(super) fn forms(operation: &OperationHelp) -> Vec<&'static str> {
    let items = operation.items.iter().flat_map(|_| [".all", ".items"]);
    items.chain(operation.has_pages.then_some(".pages")).collect()
}

pub(super) fn permissions(operation: &OperationHelp) -> String {
    let own = operation.action.clone().unwrap_or_else(|| "none; all principals may call it".to_owned());
    let more = operation.needs.iter().map(|need: &ExtraAction| match need.when {
        ActionCondition::Always => need.action.to_owned(),
        ActionCondition::Given(path) => format!("{} with {path}", need.action),
        ActionCondition::Says(path, start) => format!("{} with {path} = \"{start}…\"", need.action),
    });
    std::iter::once(own).chain(more).collect::<Vec<_>>().join("; ")
}

pub(super) fn plain(member: &Member) -> String {
    let required = if member.required { ", required" } else { "" };
    let secret = if member.secret { ", secret" } else { "" };
    format!("{}{required}{secret}", member.ty)
}

fn described(member: &Member) -> String {
    let inner = match &member.inner {
        Inner::None => String::new(),
        Inner::Values(values) => format!(": {}", few(values, MAX_VALUES)),
        Inner::Fields(names) if names.is_empty() => String::new(),
        Inner::Fields(names) => format!(": {}", few(names, MAX_FIELDS)),
        Inner::OneOf(names) => format!(": one of {}", few(names, MAX_FIELDS)),
    };
    format!("{}{inner}", plain(member))
}

/// Joins names, at most `max` of them. A single further name is included too, instead of "and 1 more".
fn few(names: &[&str], max: usize) -> String {
    if names.len() <= max + 1 {
        return names.join(", ");
    }
    format!("{} and {} more", names[..max].join(", "), names.len() - max)
}

fn parameter(entry: &StubEntry) -> (String, String) {
    let optional = if entry.optional { ", optional" } else { "" };
    let note = if entry.note.is_empty() { String::new() } else { format!(". {}", entry.note) };
    (entry.name.clone(), format!("{}{optional}{note}", entry.ty))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_of_names_are_truncated() {
        assert_eq!(few(&["a", "b", "c"], 2), "a, b, c");
        assert_eq!(few(&["a", "b", "c", "d"], 2), "a, b and 2 more");
    }

    #[test]
    fn long_names_are_above_their_text() {
        let mut page = TextPage { text: String::new(), width: 40 };
        page.entries([("a".to_owned(), "one".to_owned()), ("a_very_long_name".to_owned(), "two".to_owned())]);
        assert_eq!(page.text, "  a  one\n  a_very_long_name\n     two\n");
    }
}
