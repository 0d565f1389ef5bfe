//! Lines that are typed or pasted at the prompt, before they run.

use std::cell::OnceCell;

use moonfleet::machine;
use moonfleet::repl::complete::Completer;
use moonfleet::repl::read_while_typed;
use moonfleet::simulation::sandbox_context;
use moonfleet_core::sanitize;
use moonfleet_lua::Vm;
use proptest::prelude::*;

use crate::mutate::{Bytes, damaged};
use crate::watch::{cases, watched};

const LINES: &[&str] = &[
    "ec2.describe_instances{ filters = { [\"tag:App\"] = \"App20\" } }",
    "for i, x in ipairs(ec2.describe_instances.all{}) do print(x.instance_id, [[a\nb]]) end -- end",
    "aws.session{ region = \"eu-west-1\" }.ec2.run_instances{ instance_type = \"t3.",
    "local x = function(a, b) return a // b >> 1 ~= 0x1p4 end",
    ".output json",
    "?ec2.run_instances.placement",
    "ec2.describe_tags?",
    "!ls /",
    "t[1].a['b'].c:d(",
    "= 1 + 1",
];

const TOKENS: &[&str] = &[
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "[[",
    "]]",
    "[==[",
    "]==]",
    "--",
    "--[[",
    "'",
    "\"",
    "\\",
    "\n",
    ".",
    "..",
    "...",
    ":",
    "::",
    "?",
    "!",
    "=",
    "~=",
    " end ",
    " function ",
    " local ",
    " if x then ",
    "ec2.",
    "ec2.run_instances{",
    "filters = {",
    "0x",
    "1e",
    "\\u{",
    "\u{200d}",
    "\u{e9}",
    "\u{1f469}",
    "\t",
    "\u{1b}[",
    ".help ",
    ".profile ",
];

/// Returns the position of the cursor, from a fraction of the text's length.
fn cursor(text: &str, part: f64) -> usize {
    let mut at = (text.len() as f64 * part) as usize;
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn machine_and_completer<T>(run: impl FnOnce(&Vm, &Completer) -> T) -> T {
    thread_local! {
        static MACHINE: OnceCell<(Vm, Completer)> = const { OnceCell::new() };
    }
    MACHINE.with(|machine| {
        let (vm, completer) = machine.get_or_init(|| {
            let vm = machine::builder(&sandbox_context()).build().expect("a machine");
            (vm, Completer::default())
        });
        run(vm, completer)
    })
}

proptest! {
    #![proptest_config(cases(4_000))]

    #[test]
    fn typed_lines(Bytes(text) in damaged(LINES, TOKENS)) {
        let text = String::from_utf8_lossy(&text);
        let (coloured, _) = watched(text.as_bytes(), || read_while_typed(&text));
        let plain = ["35", "36", "32", "90", "0"].iter().fold(coloured, |text, code| text.replace(&format!("\u{1b}[{code}m"), ""));
        let typed = ["35", "36", "32", "90", "0"].iter().fold(text.into_owned(), |text, code| text.replace(&format!("\u{1b}[{code}m"), ""));
        prop_assert_eq!(plain, typed);
    }

    #[test]
    fn completion(Bytes(text) in damaged(LINES, TOKENS), part in 0.0..=1.0_f64) {
        let text = String::from_utf8_lossy(&text);
        let at = cursor(&text, part);
        let completion = watched(text.as_bytes(), || machine_and_completer(|vm, completer| completer.complete(vm, &text, at)));
        prop_assert!(completion.start <= at && text.is_char_boundary(completion.start), "{} of {at}", completion.start);
        for candidate in &completion.candidates {
            prop_assert!(!candidate.shown.chars().any(sanitize::is_unsafe), "{:?}", candidate.shown);
        }
    }
}
