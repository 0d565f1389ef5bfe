//! The sources of a script: a file, the library, a chunk, standard input.

use crate::support::Shell;

#[test]
fn a_file_receives_its_arguments() {
    Shell::new()
        .file("a.lua", "print(select('#', ...), ...)")
        .args(["a.lua", "one", "--two", "-p", "", "--sandbox"])
        .run()
        .code(0)
        .quiet()
        .printed("5\tone\t--two\t-p\t\t--sandbox\n");
}

#[test]
fn run_accepts_a_script_of_the_library_or_a_file() {
    Shell::new().args(["run", "fleet-report", "--help"]).run().code(0).prints("Usage: moonfleet run fleet-report");
    let shell = || Shell::new().file("a.lua", "print('a', ...)").file("sub/plain", "print('plain', ...)");
    shell().args(["run", "a.lua", "x"]).run().code(0).printed("a\tx\n");
    shell().args(["run", "./a.lua", "-v"]).run().code(0).printed("a\t-v\n");
    shell().args(["run", "sub/plain"]).run().code(0).printed("plain\n");
}

#[test]
fn a_chunk_is_run_and_an_expression_is_printed() {
    Shell::new().chunk("print('done', ...)").code(0).quiet().printed("done\n");
    Shell::new().chunk("").code(0).quiet().printed("");
    Shell::new().args(["-p", "6 * 7"]).run().code(0).printed("42\n");
    Shell::new().args(["-p", "'text'"]).run().code(0).printed("text\n");
    Shell::new().args(["-p", "1, 2"]).run().code(0).printed("1\n2\n");
}

#[test]
fn a_script_is_read_from_standard_input() {
    let source = "#!/usr/bin/env moonfleet\nprint('in', ...)";
    Shell::new().stdin(source).run().code(0).printed("in\n");
    Shell::new().stdin(source).args(["-", "a", "b"]).run().code(0).printed("in\ta\tb\n");
    Shell::new().stdin(source).args(["run", "-", "a"]).run().code(0).printed("in\ta\n");
    Shell::new().stdin("\n\nerror('no')").run().code(1).says("stdin:3: no");
}

#[test]
fn a_byte_order_mark_is_ignored() {
    let source = "\u{feff}local words = require 'words'\nprint(words[1])\n";
    let shell = || Shell::new().file("words.lua", "\u{feff}#!/usr/bin/env moonfleet\nreturn {'ready'}");
    shell().script(source).code(0).printed("ready\n");
    shell().stdin(source).args(["--path", "."]).run().code(0).printed("ready\n");
    shell().chunk("print(dofile('words.lua')[1])").code(0).printed("ready\n");
    shell().script("\u{feff}#!/usr/bin/env moonfleet\nerror('no')").code(1).says("script.lua:2: no");
    let header =
        "\u{feff}return script { summary = 'Print a word.', risk = 'read', run = function() print('run') end }";
    shell().file("a.lua", header).args(["help", "./a.lua"]).run().code(0).prints("Print a word.");
    shell().script(header).code(0).printed("run\n");
}

#[cfg(unix)]
#[test]
fn a_script_with_a_shebang_line_can_be_executed() {
    use std::os::unix::fs::PermissionsExt;
    let script = "#!/usr/bin/env moonfleet\nlocal a = ...\nif a then print(a) else error('none') end\n";
    let shell = Shell::program("./tool").file("tool", script);
    let path = crate::support::path_with_binary(shell.home.path());
    let tool = shell.home.path().join("tool");
    std::fs::set_permissions(&tool, std::fs::Permissions::from_mode(0o755)).expect("our own file");
    let ran = shell.env("PATH", &path).arg("hello").run().code(0).printed("hello\n");
    // Line numbers include the first line.
    ran_again(&ran.home, &path).code(1).says("tool:3: none");
}

#[cfg(unix)]
fn ran_again(home: &tempfile::TempDir, path: &std::ffi::OsStr) -> crate::support::Ran {
    Shell::program(home.path().join("tool")).env("PATH", path).run()
}

#[test]
fn binary_chunks_are_refused() {
    let dump = "local f = io.open('b.lua', 'wb') f:write(string.dump(function() print('ran') end)) f:close()
                print(pcall(assert(loadfile), 'b.lua'))";
    let ran = Shell::new().chunk(dump).code(0);
    let bytes = std::fs::read(ran.home.path().join("b.lua")).expect("the chunk");
    let shell = Shell::new();
    std::fs::write(shell.home.path().join("b.lua"), bytes).expect("a file");
    shell.arg("b.lua").run().code(1).says("binary");
}
