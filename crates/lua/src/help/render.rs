//! How help looks: plain text of a width, the same on a screen and in a file.

use moonfleet_bindings::{ActionCondition, ExtraAction};
use textwrap::{Options, WordSplitter, fill};

use super::search::OfService;
use super::stub::{Definition, Function, Module, StubEntry};
use super::{FieldHelp, Inner, Member, OperationHelp, Overview, SearchResults, ServiceHelp, Topic, WaiterHelp};

/// What names may take of a line before their text begins below them.
const NAMES: usize = 34;
/// How many values are shown of those that are known.
const VALUES: usize = 8;
const FIELDS: usize = 6;

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
        self.paragraph("help(x) tells of an operation, a service, a module or a function, or of its name in quotes.");
        self.paragraph(
            "help(\"*vpc*\") finds all that is called so, help(\"ec2.run_instances.placement\") tells of a field.",
        );
        let services =
            overview.services.iter().map(|(name, count)| ((*name).to_owned(), format!("{count} operations")));
        self.rows("services", services);
        self.section("modules", &overview.modules.join(", "));
        self.section("functions", &overview.functions.join(", "));
        self.code("examples", "help(ec2.run_instances)\nhelp(\"iam\")\nhelp(fleet.run)");
    }

    fn service(&mut self, service: &ServiceHelp) {
        let risks = service.risks.iter().map(|(risk, count)| format!("{count} {risk}")).collect::<Vec<_>>().join(", ");
        self.paragraph(&format!("{}: {} operations ({risks})", service.name, service.operations));
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
        self.entries(rows.into_iter().chain(secrets));
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
                // There is room for all of them here.
                (Inner::Values(values), _) => format!("{}: {}", plain(member), values.join(", ")),
                (Inner::OneOf(_), false) => format!("{}: exactly one of these", plain(member)),
                _ => plain(member),
            };
            self.section(place, &text);
            self.entries(inner.iter().map(|member| (format!("  {}", member.name), described(member))));
        }
    }

    fn found(&mut self, found: &SearchResults) {
        self.paragraph(&format!("{}: help(\"NAME\") tells of one of these", found.pattern));
        for OfService { service, risks } in &found.operations {
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
        let told = |form: &&str| match *form {
            ".all" => "a list of all items",
            ".items" => "an iterator over all items",
            _ => "an iterator over all answers",
        };
        let name = &operation.name;
        let more = forms.iter().map(|form| (format!("{name}{form}"), told(form).to_owned()));
        self.rows("forms", std::iter::once((name.clone(), "one request, and its answer".to_owned())).chain(more));
    }

    fn waiter(&mut self, waiter: &WaiterHelp) {
        self.paragraph(&format!("{}: asks {} until it is so", waiter.name, waiter.polls));
        self.members("parameters, besides timeout and delay", &waiter.parameters);
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
        let told = [definition.ty.as_str(), definition.prose.as_str()].into_iter().filter(|part| !part.is_empty());
        let told = told.collect::<Vec<_>>().join("  ");
        if definition.fields.is_empty() {
            self.section(&definition.name, &told);
            return;
        }
        self.text.push('\n');
        let colon = if told.is_empty() { "" } else { ": " };
        self.paragraph(&format!("{}{colon}{told}", definition.name));
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

    /// A link stays whole, however long it is.
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

    /// Names, and beside them what they are.
    fn entries(&mut self, rows: impl IntoIterator<Item = (String, String)>) {
        let rows: Vec<_> = rows.into_iter().collect();
        let fitting = rows.iter().map(|(name, _)| name.len()).filter(|length| *length <= NAMES.min(self.width / 3));
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

    /// Names have hyphens, and stay whole.
    fn wrap(&mut self, text: &str, first: &str, indent: &str) {
        let options = Options::new(self.width).initial_indent(first).subsequent_indent(indent);
        self.text += fill(text, options.word_splitter(WordSplitter::NoHyphenation)).trim_end();
        self.text.push('\n');
    }
}

/// What an operation has besides the call itself.
pub(super) fn forms(operation: &OperationHelp) -> Vec<&'static str> {
    let items = operation.items.iter().flat_map(|_| [".all", ".items"]);
    items.chain(operation.has_pages.then_some(".pages")).collect()
}

pub(super) fn permissions(operation: &OperationHelp) -> String {
    let own = operation.action.clone().unwrap_or_else(|| "none: anybody may call it".to_owned());
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
        Inner::Values(values) => format!(": {}", few(values, VALUES)),
        Inner::Fields(names) if names.is_empty() => String::new(),
        Inner::Fields(names) => format!(": {}", few(names, FIELDS)),
        Inner::OneOf(names) => format!(": one of {}", few(names, FIELDS)),
    };
    format!("{}{inner}", plain(member))
}

/// One more is shown where only one would be left out.
fn few(names: &[&str], most: usize) -> String {
    if names.len() <= most + 1 {
        return names.join(", ");
    }
    format!("{} and {} more", names[..most].join(", "), names.len() - most)
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
    fn of_many_names_few_are_shown() {
        assert_eq!(few(&["a", "b", "c"], 2), "a, b, c");
        assert_eq!(few(&["a", "b", "c", "d"], 2), "a, b and 2 more");
    }

    #[test]
    fn long_names_stand_above_their_text() {
        let mut page = TextPage { text: String::new(), width: 40 };
        page.entries([("a".to_owned(), "one".to_owned()), ("a_very_long_name".to_owned(), "two".to_owned())]);
        assert_eq!(page.text, "  a  one\n  a_very_long_name\n     two\n");
    }
}
