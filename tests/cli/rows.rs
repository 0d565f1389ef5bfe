//! Rows of an answer behave like ordinary tables.

use serde_json::json;

use crate::support::sandbox;

const ROW: &str = "local row = ec2.describe_instances.all{filters={['tag:Name']='app20-web-1'}}[1]\n";

fn of_row(lua: &str) -> serde_json::Value {
    sandbox().returned(&format!("{ROW}{lua}"))
}

#[test]
fn rows_can_be_iterated() {
    let result = of_row(
        "local by_pairs, by_next = {}, {}
         for k in pairs(row) do by_pairs[k] = true end
         local fresh = ec2.describe_instances.all{filters={['tag:Name']='app20-web-1'}}[1]
         local k = next(fresh)
         while k do by_next[k] = true k = next(fresh, k) end
         local same = true
         for k in pairs(by_pairs) do same = same and by_next[k] end
         for k in pairs(by_next) do same = same and by_pairs[k] end
         return {
           same, by_pairs.instance_id, by_pairs.tags, by_pairs.reservation_id, by_pairs.platform == nil, #row,
           type(row), type(next(row)), rawlen(row.block_device_mappings), row[1] == nil, row.no_such_field == nil,
         }",
    );
    assert_eq!(result, json!([true, true, true, true, true, 0, "table", "string", 1, true, true]));
}

#[test]
fn rows_are_encoded_with_all_fields() {
    let result = of_row(
        "local read = row.instance_id
         local a, b = json.decode(json.encode(row)), json.decode(json.encode(ec2.describe_instances.all{filters={['tag:Name']='app20-web-1'}}))[1]
         return {a.instance_id == read, a.tags.App, b.tags.App, a.placement.availability_zone, json.encode(a.product_codes), type(a.launch_time)}",
    );
    assert_eq!(result, json!([true, "App20", "App20", "eu-central-1a", "[]", "string"]));
}

#[test]
fn rows_keep_assigned_fields() {
    let result = of_row(
        "row.tags.Seen = 'yes'
         row.block_device_mappings[1].note = 'first'
         row.cost = 12.5
         local before = row.instance_type
         row.instance_type = 'changed'
         row.image_id = nil
         local copy = json.decode(json.encode(row))
         local other = ec2.describe_instances.all{filters={['tag:Name']='app20-web-1'}}[1]
         other.tags = {only = 'this'}
         return {
           row.tags.Seen, row.block_device_mappings[1].note, row.cost, before, row.instance_type, row.image_id == nil,
           copy.tags.Seen, copy.tags.App, copy.block_device_mappings[1].note, copy.cost, copy.instance_type,
           copy.image_id == nil, other.tags, json.decode(json.encode(other)).tags,
         }",
    );
    assert_eq!(
        result,
        json!([
            "yes", "first", 12.5, "m6i.large", "changed", true, "yes", "App20", "first", 12.5, "changed", true,
            {"only": "this"}, {"only": "this"}
        ])
    );
}

#[test]
fn rows_accept_a_metatable_and_keep_their_fields() {
    let result = of_row(
        "local id = row.instance_id
         local object = setmetatable(row, {__index = {hello = function(self) return 'hello ' .. self.tags.Name end}})
         local fields = 0
         for _ in pairs(object) do fields = fields + 1 end
         return {object == row, object:hello(), object.instance_id == id, fields > 20, getmetatable({}) == nil}",
    );
    assert_eq!(result, json!([true, "hello app20-web-1", true, true, true]));
}

#[test]
fn rows_can_be_compared_sorted_and_moved() {
    let result = sandbox().returned(
        "local list = ec2.describe_instances.all{filters={['tag:App']='App20'}}
         table.sort(list, function(a, b) return a.tags.Name > b.tags.Name end)
         local set = {}
         for _, i in ipairs(list) do set[i] = true end
         local moved = table.move(list, 1, 2, 1, {})
         table.remove(list, 1)
         table.insert(list, 1, moved[1])
         return {
           list[1].tags.Name, set[list[2]], moved[1] == list[1], rawequal(moved[1], list[1]), #list,
           select('#', table.unpack(list)),
         }",
    );
    assert_eq!(result, json!(["app20-web-3", true, true, true, 4, 4]));
}

#[test]
fn rows_support_rawget_and_rawset() {
    let result = of_row(
        "local found = rawget(row, 'instance_id')
         rawset(row, 'instance_id', 'mine')
         return {found ~= nil, row.instance_id, json.decode(json.encode(row)).instance_id}",
    );
    assert_eq!(result, json!([true, "mine", "mine"]));
}

#[test]
fn rows_outlive_their_page() {
    let result = sandbox().returned(
        "local kept = {}
         for i in ec2.describe_instances.items{max_results=5} do kept[#kept + 1] = i end
         collectgarbage() collectgarbage()
         local ids = {}
         for _, i in ipairs(kept) do ids[i.instance_id .. i.state.name] = true end
         local n = 0 for _ in pairs(ids) do n = n + 1 end
         return n == #kept and n > 5",
    );
    assert_eq!(result, true);
}
