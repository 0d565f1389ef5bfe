//! Explains messages of Lua itself that do not say what to do.

use moonfleet_bindings::{nearest_service, service_name};

use crate::library;

/// Lua's message for a call that waits inside of a function of C.
const ACROSS_C: &str = "attempt to yield across a C-call boundary";
const OF_NIL: [&str; 2] = ["attempt to index a nil value (global '", "attempt to call a nil value (global '"];

/// Returns the message with the next step, if one is known.
pub(crate) fn explained(message: String) -> String {
    if message.contains(ACROSS_C) {
        let explained = "a call to AWS, or another function that waits, cannot be made inside of table.sort, \
             string.gsub, __tostring or another function of C; make the call before, and use its result there";
        return message.replace(ACROSS_C, explained);
    }
    match missing_global(&message) {
        Some(name) if library::is_module(name) => {
            format!("{message}; {name} is a module of the library: add local {name} = require \"{name}\"")
        }
        Some(name) if service_name(name).is_some() => {
            format!(
                "{message}; {name} is a service of AWS: add services = {{ \"{name}\" }} to the script's header, or \
                 local {name} = aws.service \"{name}\""
            )
        }
        Some(name) => {
            let next = match nearest_service(name) {
                Some(near) => format!("did you mean the service {near}?"),
                None => "aws.services() lists the services".to_owned(),
            };
            format!("{message}; {name} is no variable, module or service; {next}")
        }
        None => message,
    }
}

/// Returns the name of a global that does not exist, for example a service that Moonfleet does not have.
fn missing_global(message: &str) -> Option<&str> {
    let (_, rest) = OF_NIL.iter().find_map(|start| message.split_once(start))?;
    rest.split_once('\'').map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::explained;

    #[test]
    fn a_service_that_is_not_there_is_named() {
        let message = explained("demo.lua:1: attempt to index a nil value (global 's3')".to_owned());
        let advice = "s3 is a service of AWS: add services = { \"s3\" } to the script's header, or \
                      local s3 = aws.service \"s3\"";
        assert!(message.ends_with(advice), "{message}");
        let message = explained("demo.lua:1: attempt to index a nil value (global 'rdss')".to_owned());
        assert!(message.ends_with("rdss is no variable, module or service; did you mean the service rds?"));
        let message = explained("demo.lua:1: attempt to index a nil value (global 'qqq')".to_owned());
        assert!(message.ends_with("qqq is no variable, module or service; aws.services() lists the services"));
    }

    #[test]
    fn a_module_of_the_library_is_required_first() {
        let message = explained("demo.lua:1: attempt to index a nil value (global 'volumes')".to_owned());
        assert!(message.ends_with("add local volumes = require \"volumes\""), "{message}");
    }

    #[test]
    fn other_messages_stay_as_they_are() {
        let message = "demo.lua:1: attempt to index a nil value (local 's3')";
        assert_eq!(explained(message.to_owned()), message);
    }
}
