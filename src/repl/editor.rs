//! The line editor. It has a thread of its own, which reads lines and nothing else: what it
//! has to know of the machine it asks for, and the machine's thread answers while it waits.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;

use moonfleet_core::Failure;
use moonfleet_core::known_secrets::{self, is_known_in};
use moonfleet_core::{own_links, state_folder};
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{ColorMode, CompletionType, Config};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::complete::Completion;
use super::helper::LuaHelper;
use super::history_file;
use crate::terminal;

const HISTORY: usize = 10_000;
/// More than this many candidates are asked about before they are listed.
const LISTED: usize = 200;

type RawEditor = rustyline::Editor<LuaHelper, FileHistory>;

pub(super) struct Editor {
    /// How many secrets were known when the history was last looked through.
    secrets: usize,
    orders: mpsc::Sender<EditorRequest>,
    events: UnboundedReceiver<Event>,
}

/// What is wanted of the editor's thread.
enum EditorRequest {
    /// A line, with the prompt as it is and with colours.
    Read((String, String)),
    /// A line that the history may have.
    Keep(String),
    /// Entries of the history are dropped if they hold what is known to be a secret by now.
    DropSecrets,
    History(mpsc::Sender<Vec<String>>),
}

/// What the editor's thread says.
pub(super) enum Event {
    /// Somebody types, and wants to know how this could go on from there.
    Complete {
        line: String,
        at: usize,
        answer: mpsc::Sender<Completion>,
    },
    Line(String),
    /// Nothing is to be done with what was typed.
    Interrupted,
    End,
    Failed(String),
}

impl Editor {
    pub(super) fn start(color: bool) -> Result<Self, Failure> {
        let (orders, wanted) = mpsc::channel();
        let (says, events) = unbounded_channel();
        let work = move || match editor(color, says.clone()) {
            Ok(editor) => serve(editor, &wanted, &says),
            Err(e) => send_event(&says, Event::Failed(e.to_string())),
        };
        let thread = thread::Builder::new().name("moonfleet-editor".to_owned()).spawn(work);
        thread.map_err(|e| unusable(&e.to_string()))?;
        Ok(Editor { secrets: 0, orders, events })
    }

    /// Reads a line. Whoever stops to wait finds the terminal as it was before.
    pub(super) async fn read(
        &mut self,
        prompt: (String, String),
        mut complete: impl FnMut(&str, usize) -> Completion,
    ) -> Result<Event, Failure> {
        struct Raw(Option<terminal::Echo>);
        impl Drop for Raw {
            fn drop(&mut self) {
                terminal::restore();
                self.0 = None;
            }
        }
        let _raw = Raw(Some(terminal::Echo::kept()));
        self.order(EditorRequest::Read(prompt))?;
        loop {
            match self.events.recv().await {
                Some(Event::Complete { line, at, answer }) => {
                    // Nobody waits for it where the terminal has gone.
                    let _ = answer.send(complete(&line, at));
                }
                Some(Event::Failed(problem)) => return Err(unusable(&problem)),
                Some(event) => return Ok(event),
                None => return Err(unusable("its thread has ended")),
            }
        }
    }

    pub(super) fn keep(&self, line: &str) -> Result<(), Failure> {
        self.order(EditorRequest::Keep(line.to_owned()))
    }

    /// Drops entries from the history if a secret has become known that they may hold.
    pub(super) fn drop_secrets(&mut self) -> Result<(), Failure> {
        let known = known_secrets::count();
        if std::mem::replace(&mut self.secrets, known) == known {
            return Ok(());
        }
        self.order(EditorRequest::DropSecrets)
    }

    /// All lines that are kept, the oldest first.
    pub(super) fn history(&self) -> Result<Vec<String>, Failure> {
        let (answer, lines) = mpsc::channel();
        self.order(EditorRequest::History(answer))?;
        lines.recv().map_err(|e| unusable(&e.to_string()))
    }

    fn order(&self, order: EditorRequest) -> Result<(), Failure> {
        self.orders.send(order).map_err(|_| unusable("its thread has ended"))
    }
}

fn unusable(problem: &str) -> Failure {
    Failure::usage(format!("the terminal cannot be read: {problem}"))
}

/// Nobody listens any more where the process is ending.
fn send_event(says: &UnboundedSender<Event>, event: Event) {
    let _ = says.send(event);
}

fn editor(color: bool, says: UnboundedSender<Event>) -> rustyline::Result<RawEditor> {
    let config = Config::builder()
        .max_history_size(HISTORY)?
        .history_ignore_space(true)
        .history_ignore_dups(true)?
        .completion_type(CompletionType::List)
        .completion_show_all_if_ambiguous(true)
        .completion_prompt_limit(LISTED)
        .color_mode(if color { ColorMode::Enabled } else { ColorMode::Disabled })
        .build();
    let mut editor = RawEditor::with_config(config)?;
    editor.set_helper(Some(LuaHelper::new(color, says)));
    Ok(editor)
}

fn serve(mut editor: RawEditor, wanted: &mpsc::Receiver<EditorRequest>, says: &UnboundedSender<Event>) {
    let file = history_file();
    if let Some(file) = &file {
        // A history that cannot be mended or read is no reason to have no prompt. There is none on the first start.
        let _ = history_file::mend(file);
        let _ = editor.load_history(file);
    }
    for order in wanted {
        match order {
            EditorRequest::Read(prompt) => send_event(says, read(&mut editor, &prompt)),
            EditorRequest::Keep(line) => {
                // What cannot be kept is not worth an error at the prompt.
                let _ = editor.add_history_entry(line);
                let _ = file.as_ref().map(|file| editor.append_history(file));
            }
            EditorRequest::DropSecrets => drop_secrets(&mut editor, file.as_deref()),
            EditorRequest::History(answer) => {
                let _ = answer.send(editor.history().iter().cloned().collect());
            }
        }
    }
}

fn drop_secrets(editor: &mut RawEditor, file: Option<&Path>) {
    let harmless: Vec<String> = editor.history().iter().filter(|line| !is_known_in(line)).cloned().collect();
    let dropped = file.map_or(Ok(()), history_file::drop_secrets);
    if dropped.is_ok() && harmless.len() == editor.history().iter().count() {
        return;
    }
    // What cannot be kept is not worth an error at the prompt.
    let _ = editor.clear_history();
    match file {
        Some(file) if dropped.is_ok() => drop(editor.load_history(file)),
        _ => harmless.into_iter().for_each(|line| drop(editor.add_history_entry(line))),
    }
}

fn read(editor: &mut RawEditor, prompt: &(String, String)) -> Event {
    let mut typed = (String::new(), String::new());
    loop {
        return match editor.readline_with_initial(prompt, (&typed.0, &typed.1)) {
            Ok(line) => Event::Line(line),
            Err(ReadlineError::Interrupted) => Event::Interrupted,
            Err(ReadlineError::Eof) => Event::End,
            // The window has another size, or the process was stopped and goes on.
            Err(ReadlineError::Signal(_)) => continue,
            // One wrong key, or a paste in another encoding: what was typed before it is still there.
            Err(ReadlineError::Io(e)) if e.kind() == io::ErrorKind::InvalidData => {
                terminal::discard_input();
                eprintln!(
                    "\nThe terminal has sent bytes that are not UTF-8. They are ignored; set the terminal to UTF-8."
                );
                typed = editor.helper().map(LuaHelper::typed).unwrap_or_default();
                continue;
            }
            Err(e) => Event::Failed(e.to_string()),
        };
    }
}

/// In the state folder, which is for us alone.
fn history_file() -> Option<PathBuf> {
    let file = own_links::follow(&state_folder::folder().ok()?.join("history")).ok()?;
    // What was made by another program, or came from a backup, may be open to others.
    #[cfg(unix)]
    if file.exists() {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).ok()?;
    }
    Some(file)
}
