//! Tests that the table of promises in docs/security.md names existing tests.

use std::fs;

use regex::Regex;

use crate::support::repository;

/// Returns the rows of the table: the promise, its tests and its limits.
fn rows() -> Vec<[String; 3]> {
    let page = fs::read_to_string(repository().join("docs/security.md")).expect("there is a page");
    let (_, section) = page.split_once("\n## Promises and their tests\n").expect("the page has the section");
    let section = section.split("\n## ").next().unwrap_or_default();
    let rows = section.lines().filter(|line| line.starts_with("| ")).skip(1);
    rows.map(|line| {
        let cells: Vec<String> = line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect();
        cells.try_into().unwrap_or_else(|cells| panic!("{cells:?} has not three cells"))
    })
    .collect()
}

/// Whether a file has a test of this name.
fn has_test(file: &str, name: &str) -> bool {
    let path = repository().join(file);
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    // Other attributes may stand between.
    let test = format!(r"#\[test\]\s+(#\[[^\n]*\s+)*fn {name}\(");
    Regex::new(&test).expect("a regular expression").is_match(&text)
}

#[test]
fn each_promise_names_tests_that_exist() {
    let name_of_test = Regex::new("`([a-z_/0-9-]+\\.rs): ([a-z_0-9]+)`").expect("a regular expression");
    let rows = rows();
    assert!(rows.len() > 30, "only {} promises", rows.len());
    for [promise, tests, _] in rows {
        let named: Vec<_> = name_of_test.captures_iter(&tests).collect();
        assert_eq!(named.len(), tests.split(", ").count(), "{promise}: `file: test` in each part of {tests}");
        for test in named {
            assert!(has_test(&test[1], &test[2]), "{promise}: there is no test {} in {}", &test[2], &test[1]);
        }
    }
}

#[test]
fn a_function_that_is_no_test_is_not_one() {
    assert!(has_test("tests/docs/promises.rs", "each_promise_names_tests_that_exist"));
    assert!(!has_test("tests/docs/promises.rs", "has_test"));
}
