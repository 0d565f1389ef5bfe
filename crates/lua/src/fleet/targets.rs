//! Reads the targets of a run, and the accounts and regions to look for them in.

use mlua::{Error, Lua, Result, Table, Value};
use moonfleet_engine::Context;
use moonfleet_engine::fleet::FleetTarget;
use moonfleet_engine::fleet::plan::{FleetPlan, MachineRef, TargetChoice, resolve};

use crate::aws::session::session_of;
use crate::aws::sweep::{Regions, region_names};
use crate::options::Options;

/// The targets that a script has named, before they are looked up.
pub(super) struct Chosen {
    pub choices: Vec<TargetChoice>,
    places: NamedPlaces,
}

impl Chosen {
    pub(super) fn read(function: &str, here: &Context, targets: &Value, options: &mut Options) -> Result<Self> {
        Ok(Chosen { places: NamedPlaces::read(function, here, options)?, choices: choices(function, targets)? })
    }

    pub(super) async fn resolve(self) -> Result<FleetPlan> {
        let are_named = self.places.are_named;
        // Without targets no region has to be listed.
        let places = if self.choices.is_empty() { Vec::new() } else { self.places.sessions().await? };
        resolve(places, &self.choices, !are_named).await.map_err(Error::external)
    }
}

/// The accounts and regions to look for targets in: each named session in each named region; without names, the
/// current session.
pub(super) struct NamedPlaces {
    sessions: Vec<Context>,
    regions: Regions,
    are_named: bool,
}

impl NamedPlaces {
    pub(super) fn read(function: &str, here: &Context, options: &mut Options) -> Result<Self> {
        let value = options.value("sessions")?;
        let regions = Regions::read(function, options.value("regions")?)?;
        let are_named = !value.is_nil() || !matches!(regions, Regions::Own);
        let wrong = |got: &str| options.wrong("sessions", "a list of at least one session", got);
        let sessions = match value {
            Value::Nil => vec![here.clone()],
            Value::Table(list) => list
                .sequence_values::<Table>()
                .map(|table| session_of(&table?)?.ok_or_else(|| wrong("another table")))
                .collect::<Result<Vec<_>>>()?,
            other => return Err(wrong(other.type_name())),
        };
        if sessions.is_empty() {
            return Err(wrong("an empty list"));
        }
        Ok(NamedPlaces { sessions, regions, are_named })
    }

    /// Returns each session in each region.
    pub(super) async fn sessions(self) -> Result<Vec<Context>> {
        let mut all = Vec::new();
        for session in self.sessions {
            let names = region_names(&session, self.regions.clone()).await.map_err(Error::external)?;
            all.extend(names.iter().map(|name| match name {
                Some(name) => session.in_region(name),
                None => session.clone(),
            }));
        }
        Ok(all)
    }
}

/// Reads targets: an id, a row, `{tags=}`, `{resource_group=}`, or a list of these.
fn choices(function: &str, targets: &Value) -> Result<Vec<TargetChoice>> {
    let wrong = |got: &str| {
        let expected = "ids, instances, {tags={App=\"App20\"}}, {resource_group=\"name\"}, or a list of these";
        Error::external(format!("{function}: targets must be {expected}, got {got}"))
    };
    let table = match targets {
        Value::String(id) => return machine(id.to_str()?.to_owned(), MachineRef::default(), &wrong),
        Value::Table(table) => table,
        other => return Err(wrong(other.type_name())),
    };
    let field = |name: &str| table.get::<Option<String>>(name);
    let tags = table.get::<Option<Table>>("tags")?;
    if let Some(id) = field("instance_id")?.or(field("id")?) {
        let name = match tags {
            Some(tags) => tags.get::<Option<String>>("Name")?,
            None => field("name")?,
        };
        // An instance of EC2 has a platform only if it is Windows; a managed node always has a platform type.
        let platform = field("platform")?.or(field("platform_type")?);
        let rest = MachineRef {
            name,
            account: field("account")?,
            region: field("region")?,
            // An instance of EC2 without a platform is not Windows.
            windows: match platform {
                Some(platform) => Some(platform.eq_ignore_ascii_case("windows")),
                None => field("instance_type")?.map(|_| false),
            },
            ..MachineRef::default()
        };
        return machine(id, rest, &wrong);
    }
    if let Some(tags) = tags {
        check_only(table, "tags", &wrong)?;
        return tag_choice(&tags).map(|choice| vec![choice]).ok_or_else(|| wrong("tags without a value"));
    }
    if let Some(group) = field("resource_group")? {
        check_only(table, "resource_group", &wrong)?;
        return Ok(vec![TargetChoice::Group(group)]);
    }
    let items = table.sequence_values::<Value>().map(|item| choices(function, &item?));
    let items = items.collect::<Result<Vec<_>>>()?;
    if items.len() != table.pairs::<Value, Value>().count() {
        return Err(wrong("a table without instance_id, tags or resource_group"));
    }
    Ok(items.into_iter().flatten().collect())
}

fn machine(id: String, rest: MachineRef, wrong: &dyn Fn(&str) -> Error) -> Result<Vec<TargetChoice>> {
    if id.starts_with("i-") || id.starts_with("mi-") {
        return Ok(vec![TargetChoice::Machine(MachineRef { id, ..rest })]);
    }
    Err(wrong(&format!("{id:?}, which is not the id of an instance")))
}

/// Checks that there is no other field, which would be ignored although the script may use it to narrow the targets.
fn check_only(table: &Table, name: &str, wrong: &dyn Fn(&str) -> Error) -> Result<()> {
    for pair in table.pairs::<Value, Value>() {
        let (key, _) = pair?;
        let key = key.to_string()?;
        if key != name {
            return Err(wrong(&format!("{name} together with {key}")));
        }
    }
    Ok(())
}

/// Reads tags. Returns none if there is no tag, or if one has no value, which would match all machines.
fn tag_choice(tags: &Table) -> Option<TargetChoice> {
    let mut chosen = Vec::new();
    for pair in tags.pairs::<String, Value>() {
        let (key, value) = pair.ok()?;
        let values = match value {
            Value::String(text) => vec![text.to_str().ok()?.to_owned()],
            Value::Integer(number) => vec![number.to_string()],
            Value::Table(list) => list.sequence_values::<String>().collect::<Result<Vec<_>>>().ok()?,
            _ => return None,
        };
        if values.is_empty() {
            return None;
        }
        chosen.push((key, values));
    }
    chosen.sort();
    (!chosen.is_empty()).then_some(TargetChoice::Tags(chosen))
}

/// Returns a target as a row, which `fleet.run` accepts as a target again.
pub(super) fn row(lua: &Lua, target: &FleetTarget) -> Result<Table> {
    let row = lua.create_table()?;
    row.raw_set("instance_id", target.id.as_str())?;
    row.raw_set("name", target.name.as_str())?;
    row.raw_set("account", target.account.as_deref())?;
    row.raw_set("region", target.region.as_deref())?;
    row.raw_set("platform", target.windows.map(|windows| if windows { "windows" } else { "linux" }))?;
    Ok(row)
}
