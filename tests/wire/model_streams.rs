//! Answers of services from models that are streams.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use crate::answers::*;
use crate::support::server::{After, Reply, Server};
use crate::support::wait_until;

const GET: &str = "aws.service('s3').get_object{bucket='b', key='k'}";

#[test]
fn the_bytes_of_an_object_are_its_body() {
    let server = Server::always(Reply::rest("hello"));
    assert_eq!(on(&server).eval(&format!("{GET}.body")), "hello");
    assert_eq!(server.requests()[0].path(), "/b/k");
}

#[test]
fn an_object_that_ends_in_the_middle_is_an_error() {
    let server = Server::always(Reply::Torn("half".into()));
    has(&caught(on(&server), GET)["message"], "error reading a body from connection");
}

#[test]
fn an_object_without_bytes_has_an_empty_body() {
    let server = Server::always(Reply::rest(""));
    assert_eq!(on(&server).eval(&format!("{GET}.body")), json!(""));
}

// Files.

const TO_FILE: &str = "aws.service('s3').get_object{bucket='b', key='k', to='got'}";

/// The CRC32 of `hello`.
const CRC32: &str = "NhCmhg==";

#[test]
fn the_bytes_of_an_object_become_a_file() {
    let server = Server::always(Reply::rest("hello").header("x-amz-checksum-crc32", CRC32));
    let ran = on(&server).chunk(&format!("local got = {TO_FILE} print(got.file.path, got.file.bytes, got.body)"));
    let ran = ran.code(0).printed("got\t5\tnil\n");
    assert_eq!(ran.read("got"), "hello");
    assert_eq!(server.requests()[0].header("x-amz-checksum-mode"), Some("ENABLED"));
    assert_eq!(server.requests()[0].path(), "/b/k");
}

#[test]
fn a_file_is_written_as_a_whole_or_not_at_all() {
    let server = Server::always(Reply::Torn("half".into()));
    let ran =
        on(&server).file("got", "old").chunk(&format!("local ok, e = pcall(function() return {TO_FILE} end) print(e)"));
    let ran = ran.code(0).prints("s3.get_object: ConnectionFailed: error reading a body from connection");
    assert_eq!(ran.read("got"), "old");
    assert_eq!(server.requests().len(), 3, "a read is asked for again");
    let files = std::fs::read_dir(ran.home.path()).expect("a folder").count();
    assert_eq!(files, 1, "the draft is removed");
}

#[test]
fn an_object_that_breaks_once_is_asked_for_again() {
    let server = Server::replies([Reply::Torn("hel".into()), Reply::rest("hello")]);
    assert_eq!(on(&server).chunk(TO_FILE).code(0).read("got"), "hello");
}

#[test]
fn a_wrong_checksum_is_an_error() {
    let server = Server::always(Reply::rest("hallo").header("x-amz-checksum-crc32", CRC32));
    let error = caught(on(&server), TO_FILE);
    assert_eq!(error["code"], "ChecksumMismatch");
    has(&error["message"], "and the service has stored NhCmhg==");
    // A checksum of the checksums of parts says nothing of the bytes.
    let server = Server::always(Reply::rest("hallo").header("x-amz-checksum-crc32", "NhCmhg==-2"));
    assert_eq!(on(&server).chunk(TO_FILE).code(0).read("got"), "hallo");
}

#[test]
fn a_file_that_cannot_be_written_is_an_error_before_anything_is_sent() {
    let server = Server::always(Reply::rest("hello"));
    let error = caught(on(&server), "aws.service('s3').get_object{bucket='b', key='k', to='absent/got'}");
    assert_eq!(error["code"], "FileUnwritable");
    has(&error["message"], "the folder absent does not exist; create it first");
    server.saw_nothing();
}

#[test]
fn errors_of_the_service_leave_the_file_alone() {
    let gone = "<Error><Code>NoSuchKey</Code><Message>The key does not exist.</Message></Error>";
    let server = Server::always(Reply::xml(gone).status(404));
    let ran =
        on(&server).file("got", "old").chunk(&format!("print(select(2, pcall(function() return {TO_FILE} end)).code)"));
    assert_eq!(ran.code(0).printed("NoSuchKey\n").read("got"), "old");
}

#[test]
fn a_stalled_stream_ends_with_the_time_limit_of_the_call() {
    let left = Arc::new(AtomicUsize::new(0));
    let server = Server::always(Reply::Pieces(Vec::new(), vec![b"hel".to_vec()], After::Silence(left.clone())));
    let call = "aws.service('s3').get_object({bucket='b', key='k', to='got'}, {timeout='1s', retries=0})";
    let error = caught(on(&server), call);
    assert_eq!(error["code"], "Timeout");
    has(&error["message"], "raise it with the option timeout");
    wait_until("the connection stays open", || left.load(Ordering::SeqCst) == 1);
}

#[test]
fn a_file_is_sent_with_its_checksum_and_is_not_recorded() {
    let server = Server::always(Reply::rest(""));
    let put = "aws.service('s3').put_object{bucket='b', key='k', body={file='backup'}}";
    let ran = changing(&server).file("backup", "hello").args(["--record", "calls"]).chunk(put).code(0);
    let request = server.requests().pop().expect("the call");
    assert_eq!((request.body.as_str(), request.path()), ("hello", "/b/k"));
    assert_eq!(request.header("x-amz-checksum-crc32"), Some(CRC32));
    assert_eq!(request.header("content-length"), Some("5"));
    assert_eq!(request.header("x-amz-content-sha256"), Some("UNSIGNED-PAYLOAD"));
    let record = ran.read("calls");
    assert!(record.contains(r#""body":{"file":"backup"}"#) && !record.contains("hello"), "{record}");
}

#[test]
fn the_record_has_the_length_of_a_body() {
    let server = Server::always(Reply::rest(""));
    let put = "aws.service('s3').put_object{bucket='b', key='k', body='hello'}";
    let record = changing(&server).args(["--record", "calls"]).chunk(put).code(0).read("calls");
    assert!(record.contains(r#""body":"<5 bytes>""#) && !record.contains("hello"), "{record}");
}

#[test]
fn a_part_of_a_file_is_sent() {
    let server = Server::always(Reply::rest(""));
    let put = "aws.service('s3').upload_part{bucket='b', key='k', part_number=1, upload_id='u',
                 body={file='backup', offset=1, length=3}}";
    changing(&server).file("backup", "hello").chunk(put).code(0);
    assert_eq!(server.requests()[0].body, "ell");
}

#[test]
fn a_service_that_needs_the_hash_in_the_signature_gets_it() {
    let server = Server::always(Reply::rest("{}"));
    let call = "aws.service('glacier').upload_archive{vault_name='v', account_id='-', body={file='backup'}}";
    changing(&server).file("backup", "hello").chunk(call).code(0);
    assert_eq!(server.requests()[0].body, "hello");
}

#[test]
fn a_file_that_cannot_be_sent_is_an_error_before_anything_is_sent() {
    let server = Server::always(Reply::rest(""));
    for (body, problem) in [
        ("{file='absent'}", "cannot read absent: No such file"),
        ("{file='.'}", "cannot read .: it is not a regular file"),
        ("{file='backup', offset=6}", "cannot read backup: it has 5 bytes, not from byte 6 on"),
        ("{file='backup', offset=2, length=4}", "it has 5 bytes, not 4 bytes from byte 2 on"),
        ("{fil='backup'}", "body: the bytes of a file have no parameter 'fil'; did you mean 'file'?"),
        ("{}", "body: expected binary string, or a table such as {file = \"backup.tar\"}"),
        ("io.open('backup')", ".body is an open file; pass its path"),
    ] {
        let shell = changing(&server).file("backup", "hello");
        let error = caught(shell, &format!("aws.service('s3').put_object{{bucket='b', key='k', body={body}}}"));
        has(&error["message"], problem);
    }
    server.saw_nothing();
}

#[test]
fn a_contained_script_neither_reads_nor_writes_files_by_a_call() {
    let server = Server::always(Reply::rest("hello"));
    let contained = || changing(&server).file("backup", "hello").args(["--contain", "--no-credentials"]);
    let error = caught(contained(), TO_FILE);
    has(&error["message"], "refused, nothing was sent: the call writes the file \"got\", and the run is --contain");
    let put = "aws.service('s3').put_object{bucket='b', key='k', body={file='backup'}}";
    has(&caught(contained(), put)["message"], "the call reads the file \"backup\", and the run is --contain");
    server.saw_nothing();
}

#[test]
fn an_upload_is_sent_again_from_its_first_byte() {
    let server = Server::replies([
        Reply::xml("<Error><Code>SlowDown</Code><Message>Reduce your rate.</Message></Error>").status(503),
        Reply::rest(""),
    ]);
    // A read may be repeated by the SDK itself; a change only if it was surely not executed.
    let put = "aws.service('s3').put_object({bucket='b', key='k', body={file='backup'}}, {retries=2})";
    let ran = changing(&server).file("backup", "hello").chunk(put);
    let bodies: Vec<_> = server.requests().iter().map(|request| request.body.clone()).collect();
    assert!(bodies.iter().all(|body| body == "hello"), "{bodies:?}");
    assert_eq!(ran.ended_with(0), bodies.len() == 2);
}
