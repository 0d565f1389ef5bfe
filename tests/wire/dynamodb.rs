//! DynamoDB's items as plain values, against moto and boto3's serializer.

use crate::moto::moto;
use crate::support::moto::{python_with_botocore, run_python};
use crate::support::server::{Reply, Server};

const PROGRAM: &str = include_str!("dynamodb.py");

/// Creates a table with the key `id`, a string.
const TABLE: &str = r#"
local dynamodb = aws.service "dynamodb"
dynamodb.create_table {
  table_name = "t",
  attribute_definitions = { { attribute_name = "id", attribute_type = "S" } },
  key_schema = { { attribute_name = "id", key_type = "HASH" } },
  billing_mode = "PAY_PER_REQUEST",
  stream_specification = { stream_enabled = true, stream_view_type = "NEW_AND_OLD_IMAGES" },
}
"#;

#[test]
fn generated_items_are_those_of_boto3_in_both_directions() {
    let (Some(moto), Some(python)) = (moto(), python_with_botocore()) else { return };
    run_python(&python, PROGRAM, &[moto.url(), "put"], "");
    let shell = moto.shell().file(".config/moonfleet/settings.toml", "protect_tag = ''").arg("--yes");
    let ran = shell.chunk(
        r#"local dynamodb = aws.service "dynamodb"
        local function shortest(value)
          for digits = 1, 17 do
            local text = ("%." .. digits .. "g"):format(value)
            if tonumber(text) == value then return text end
          end
        end
        local function describe(value)
          local kind = type(value)
          if value == json.null then return { null = true } end
          if kind == "boolean" or kind == "string" then return { [kind] = value } end
          if math.type(value) == "integer" then return { number = tostring(value) } end
          if kind == "number" then return { number = shortest(value) } end
          if kind == "userdata" then
            local ok = pcall(function() return #value end)
            if ok then return { binary = base64.encode(tostring(value)) } end
            return { number = tostring(value) }
          end
          local mark = getmetatable(value)
          mark = mark and rawget(mark, "__dynamodb")
          if (mark and mark ~= "map") or getmetatable(value) == getmetatable(json.list()) then
            local items = json.list()
            for at, item in ipairs(value) do items[at] = describe(item) end
            return { [(mark and mark ~= "map") and "set" or "list"] = items }
          end
          local map = {}
          for name, item in pairs(value) do map[name] = describe(item) end
          return { map = map }
        end
        local items = {}
        for item in dynamodb.scan.items { table_name = "theirs" } do
          items[#items + 1] = item
          dynamodb.put_item { table_name = "ours", item = item }
        end
        table.sort(items, function(a, b) return a.id < b.id end)
        local found = json.list()
        for at, item in ipairs(items) do found[at] = describe(item) end
        print(json.encode(found))"#,
    );
    let found = ran.code(0).stdout;
    let compared = run_python(&python, PROGRAM, &[moto.url(), "compare"], &found);
    assert_eq!(compared.trim(), "2400", "values compared");
}

#[test]
fn items_keys_and_expressions_are_plain_values() {
    let Some(moto) = moto() else { return };
    let shell = moto.shell().file(".config/moonfleet/settings.toml", "protect_tag = ''").arg("--yes");
    let script = r##"
    dynamodb.put_item { table_name = "t", item = {
      id = "a", count = 3, price = 0.1, exact = dynamodb.number "3.1415926535897932384626433832795028842",
      big = 9007199254740993, tags = dynamodb.string_set { "x", "y" }, sizes = dynamodb.number_set { 1, 2.5 },
      bytes = dynamodb.binary "\0\255", nothing = json.null, list = json.list(), map = {}, on = true,
      plain = { s = "x" },
    } }
    local item = dynamodb.get_item { table_name = "t", key = { id = "a" } }.item
    assert(item.count == 3 and math.type(item.count) == "integer" and item.price == 0.1)
    assert(item.big == 9007199254740993 and item.on == true and item.nothing == json.null)
    assert(tostring(item.exact) == "3.1415926535897932384626433832795028842")
    assert(item.exact == dynamodb.number "3.14159265358979323846264338327950288420")
    table.sort(item.tags)
    assert(table.concat(item.tags, ",") == "x,y" and #item.sizes == 2)
    assert(tostring(item.bytes) == "\0\255" and item.bytes == dynamodb.binary "\0\255" and #item.bytes == 2)
    assert(json.encode { item.list, item.map, item.plain } == '[[],{},{"s":"x"}]', json.encode { item.list, item.map })

    item.list[1] = "new"
    item.tags[#item.tags + 1] = "z"
    dynamodb.put_item { table_name = "t", item = item }
    local changed = dynamodb.update_item {
      table_name = "t", key = { id = "a" }, return_values = "ALL_NEW",
      update_expression = "SET #c = #c + :one, #o = :plain, spec = :spec",
      expression_attribute_names = { ["#c"] = "count", ["#o"] = "other" },
      expression_attribute_values = { [":one"] = 1, [":plain"] = item.plain, [":spec"] = dynamodb.map { S = "x" } },
    }.attributes
    assert(changed.count == 4 and changed.other.s == "x" and changed.spec.S == "x" and #changed.tags == 3)

    local found = dynamodb.scan.all { table_name = "t", filter_expression = "#c > :n",
      expression_attribute_names = { ["#c"] = "count" }, expression_attribute_values = { [":n"] = 3 } }
    assert(#found == 1 and found[1].id == "a" and found[1].list[1] == "new")
    local rows = dynamodb.execute_statement { statement = 'SELECT * FROM "t" WHERE id = ?', parameters = { "a" } }.items
    assert(#rows == 1 and rows[1].count == 4)
    dynamodb.transact_write_items { transact_items = { { put = { table_name = "t", item = { id = "b", n = 1 } } } } }
    local batch = dynamodb.batch_get_item { request_items = { t = { keys = { { id = "a" }, { id = "b" } } } } }
    assert(#batch.responses.t == 2)

    local streams = aws.service "dynamodbstreams"
    local arn = dynamodb.describe_table { table_name = "t" }.table.latest_stream_arn
    local shard = streams.describe_stream { stream_arn = arn }.stream_description.shards[1]
    local from = streams.get_shard_iterator { stream_arn = arn, shard_id = shard.shard_id, shard_iterator_type = "TRIM_HORIZON" }
    local records = streams.get_records { shard_iterator = from.shard_iterator }.records
    assert(records[1].dynamodb.keys.id == "a" and records[1].dynamodb.new_image.count == 3)
    print "done"
    "##;
    shell.script(&format!("{TABLE}{script}")).code(0).printed("done\n");
}

#[test]
fn values_that_dynamodb_does_not_have_are_named_with_their_path() {
    let server = Server::always(Reply::Hangup);
    let put = |item: &str| format!("put_item{{table_name='t', item={item}}}");
    let values =
        |values: &str| format!("update_item{{table_name='t', key={{id='a'}}, expression_attribute_values={values}}}");
    let cases = [
        (put("{id={S='a'}, n={N='1'}}"), ".item is in AWS's form"),
        (put("{id='a', n={N='1'}}"), ".item is in AWS's form"),
        (put("{id={s='a'}}"), ".item is in AWS's form"),
        (values("{[':n']={N='5'}}"), ".expression_attribute_values is in AWS's form"),
        ("get_item{table_name='t', key={id={S='a'}}}".to_owned(), ".key is in AWS's form"),
        ("execute_statement{statement='', parameters={{S='a'}}}".to_owned(), ".parameters is in AWS's form"),
        (put("{id='a', list={1, {price=0/0}}}"), ".item.list[2].price is NaN, which is no number in DynamoDB"),
        (put("{id='a', n=1/0}"), ".item.n is inf"),
        (put("{id='\\xff'}"), ".item.id has bytes that are not UTF-8"),
        (put("{id='a', at=time.now()}"), ".item.at has the type"),
        (put("{id='a', f=print}"), ".item.f has the type function"),
        (put("{id='a', list={1, nil, 3}}"), ".item.list has gaps"),
        (put("{id='a', map={[true]=1}}"), ".item.map has a key of the type boolean"),
        (put("{id='a', set=d.string_set{'x', 1}}"), ".item.set[2] has the type integer"),
        (put("{id='a', set=d.number_set{'x'}}"), ".item.set[1] has the type string"),
        ("number('five')".to_owned(), "dynamodb.number: \"five\" is not a number"),
        ("number(5)".to_owned(), "dynamodb.number: expected the text of a number"),
        (format!("number('{}')", "9".repeat(39)), "has 39 digits; DynamoDB keeps 38"),
        ("put_item{table='t', item={id='a'}}".to_owned(), "unknown parameter 'table'"),
        (put("(function() local t = {} t.t = t return {id='a', t=t} end)()"), "contains itself"),
    ];
    crate::answers::fail_unsent(
        &server,
        "local d = aws.service 'dynamodb'",
        &cases.map(|(call, part)| (format!("d.{call}"), part)),
    );
}

#[test]
fn the_fields_of_an_error_are_plain_values() {
    let refused = |code: &str, fields: &str| {
        Reply::json(format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{code}","message":"no",{fields}}}"#))
            .status(400)
    };
    let item = r#""Item":{"id":{"S":"a"},"count":{"N":"3"}}"#;
    let condition = Server::always(refused("ConditionalCheckFailedException", item));
    let seen = crate::answers::on(&condition).returned(
        "local d = aws.service 'dynamodb'
         local ok, e = pcall(d.put_item, {table_name='t', item={id='a'}, condition_expression='attribute_not_exists(id)'})
         local fields = {}
         for name, value in pairs(e) do fields[name] = value end
         return {e.code, e.message, e.item, fields.item}",
    );
    let plain = serde_json::json!({"id": "a", "count": 3});
    assert_eq!(seen, serde_json::json!(["ConditionalCheckFailedException", "no", plain, plain]));

    let reasons = format!(r#""CancellationReasons":[{{"Code":"None"}},{{"Code":"ConditionalCheckFailed",{item}}}]"#);
    let transaction = Server::always(refused("TransactionCanceledException", &reasons));
    let seen = crate::answers::on(&transaction).arg("--yes").returned(
        "local d = aws.service 'dynamodb'
         local put = { put = { table_name = 't', item = { id = 'a' } } }
         local ok, e = pcall(d.transact_write_items, { transact_items = { put, put } })
         return {e.code, e.cancellation_reasons}",
    );
    let reasons = serde_json::json!([{"code": "None"}, {"code": "ConditionalCheckFailed", "item": plain}]);
    assert_eq!(seen, serde_json::json!(["TransactionCanceledException", reasons]));
}
