use std::sync::OnceLock;

use super::*;

struct Generated {
    services: Vec<Service>,
    files: BTreeMap<PathBuf, String>,
    /// The lines of each class, once for every time that it is declared.
    classes: BTreeMap<String, Vec<String>>,
}

/// All of all services; reading the SDK takes seconds.
fn generated() -> &'static Generated {
    static GENERATED: OnceLock<Generated> = OnceLock::new();
    GENERATED.get_or_init(|| {
        let services = crate::services(crate::bindings().unwrap()).unwrap();
        let files: BTreeMap<_, _> = services.iter().flat_map(super::service).chain([index(&services)]).collect();
        let mut classes: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for declaration in files.values().flat_map(|text| text.split("---@class ").skip(1)) {
            let name = declaration.split([':', '\n']).next().unwrap().to_owned();
            let lines: Vec<_> = declaration.lines().take_while(|line| !line.is_empty()).collect();
            classes.entry(name).or_default().push(lines.join("\n"));
        }
        Generated { services, files, classes }
    })
}

fn class(name: &str) -> &'static str {
    match generated().classes.get(name).map(Vec::as_slice) {
        Some([lines]) => lines,
        other => panic!("{name} is declared {} times", other.map_or(0, <[_]>::len)),
    }
}

#[test]
fn every_operation_is_there_once_with_its_forms() {
    let mut forms_of_all = 0;
    for Service { name: of, operations, left_out, defined, waiters, .. } in &generated().services {
        assert_eq!(operations.len() + left_out.len(), *defined, "{of}");
        for Operation { name, api_name, items, risk, .. } in operations {
            assert_eq!(class(of).matches(&format!("@field {name} {of}.{name} #")).count(), 1, "{of}.{name}");
            let forms = class(&format!("{of}.{name}"));
            let (input, output) = (format!("{of}.{api_name}Input"), format!("{of}.{api_name}Output"));
            assert!(!class(&input).is_empty() && !class(&output).is_empty());
            let is_call =
                |line: &str| line.starts_with("---@overload fun(input") && line.ends_with(&format!("): {output}"));
            assert!(forms.lines().any(is_call), "{forms}");
            let (is_read, has_items) = (*risk == Risk::Read, !items.is_empty());
            assert_eq!(forms.contains("---@field pages "), is_read, "{forms}");
            assert_eq!(forms.contains("---@field all "), is_read && has_items, "{forms}");
            assert_eq!(forms.contains("---@field items "), is_read && has_items, "{forms}");
        }
        for Waiter { name, .. } in waiters {
            assert_eq!(class(&format!("{of}.wait")).matches(&format!("@field {name} fun(input")).count(), 1);
        }
        forms_of_all += operations.len();
    }
    let overloads = generated().files.values().map(|text| text.matches("\n---@overload ").count());
    assert_eq!(overloads.sum::<usize>(), forms_of_all);
}

#[test]
fn no_file_is_too_large_for_an_editor() {
    let by_hand = crate::stubs_folder().unwrap().join(crate::BY_HAND);
    let by_hand =
        std::fs::read_dir(by_hand).unwrap().map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap());
    for text in by_hand.chain(generated().files.values().cloned()) {
        assert!(text.len() <= LARGEST && text.starts_with("---@meta "), "{}", &text[..200]);
    }
}

#[test]
fn what_is_too_large_is_divided_by_letters() {
    let entry = |name: &str| (name.to_owned(), "x".repeat(LARGEST / 2));
    let mut files = BTreeMap::new();
    divide(Path::new("ec2/structures"), ["Ab", "Ac", "Ad", "Bc"].map(entry).into(), 0, &mut files);
    let names: Vec<_> = files.keys().map(|path| path.to_str().unwrap()).collect();
    let divided = ["ab", "ac", "ad"].map(|letters| format!("ec2/structures-{letters}.lua"));
    assert_eq!(names, [&divided[..], &["ec2/structures-b.lua".to_owned()]].concat());
}

#[test]
fn tags_and_filters_are_maps_and_lists_always_come() {
    assert_eq!(
        class("ec2.DescribeTagsInput"),
        "ec2.DescribeTagsInput\n\
         ---@field dry_run? boolean\n\
         ---@field filters? moonfleet.Filters|ec2.input.Filter[]\n\
         ---@field max_results? integer\n\
         ---@field next_token? string"
    );
    assert!(class("ec2.DescribeTagsOutput").contains("@field tags ec2.TagDescription[]"));
    assert!(class("ec2.CreateTagsInput").contains("@field tags table<string, string>|ec2.input.Tag[]"));
    assert!(class("ec2.CreateTagsInput").contains("@field resources string[]"));
    assert!(class("ec2.Instance").contains("@field tags table<string, string>\n"));
    assert!(class("ec2.Instance").contains("@field launch_time? Time\n"));
    assert!(class("ssm.SendCommandInput").contains("@field targets? moonfleet.Filters|ssm.input.Target[]"));
    assert!(class("ec2.describe_instances").contains("@field items fun(input?: ec2.DescribeInstancesInput, opts?"));
    let item = class("ec2.DescribeInstancesItem");
    assert!(item.contains(": ec2.Instance\n") && item.contains("@field reservation_id? string"), "{item}");
    let enumerations = &generated().files[Path::new("ec2/enumerations.lua")];
    let states = "---@alias ec2.InstanceStateName string\n---| \"pending\"\n---| \"running\"\n---| \"shutting-down\"\n";
    assert!(enumerations.contains(states));
}
