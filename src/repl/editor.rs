//! The line editor. Its own thread only reads lines. For completions it sends a request to the machine's thread, which
//! answers while it waits for the line.

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

/// The number of lines that the history keeps.
const HISTORY: usize = 10_000;
/// The editor asks before it lists more candidates than this.
const LISTED: usize = 200;

type RawEditor = rustyline::Editor<LuaHelper, FileHistory>;

pub(super) struct Editor {
    /// The number of known secrets when the history was last searched for them.
    secrets: usize,
    requests: mpsc::Sender<EditorRequest>,
    events: UnboundedReceiver<Event>,
}

/// A request to the editor's thread.
enum EditorRequest {
    /// Read a line, with this prompt: without and with colours.
    Read((String, String)),
    /// Add a line to the history.
    Keep(String),
    /// Drop entries of the history that contain a secret that is known by now.
    DropSecrets,
    /// Send the history.
    History(mpsc::Sender<Vec<String>>),
}

/// An event from the editor's thread.
pub(super) enum Event {
    /// The user wants completions for the line at this position.
    Complete {
        line: String,
        at: usize,
        answer: mpsc::Sender<Completion>,
    },
    Line(String),
    /// Ctrl-C: the line is discarded.
    Interrupted,
    /// Ctrl-D, or the end of the input.
    End,
    Failed(String),
}

impl Editor {
    /// Starts the editor's thread.
    pub(super) fn start(color: bool) -> Result<Self, Failure> {
        let (requests, received) = mpsc::channel();
        let (sender, events) = unbounded_channel();
        let work = move || match editor(color, sender.clone()) {
            Ok(editor) => serve(editor, &received, &sender),
            Err(e) => send_event(&sender, Event::Failed(e.to_string())),
        };
        let thread = thread::Builder::new().name("moonfleet-editor".to_owned()).spawn(work);
        thread.map_err(|e| unusable(&e.to_string()))?;
        Ok(Editor { secrets: 0, requests, events })
    }

    /// Reads a line. Restores the terminal's settings, also if the future is dropped.
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
        let _raw = Raw(Some(terminal::Echo::save()));
        self.send(EditorRequest::Read(prompt))?;
        loop {
            match self.events.recv().await {
                Some(Event::Complete { line, at, answer }) => {
                    // Fails if the terminal was closed.
                    let _ = answer.send(complete(&line, at));
                }
                Some(Event::Failed(problem)) => return Err(unusable(&problem)),
                Some(event) => return Ok(event),
                None => return Err(unusable("its thread has ended")),
            }
        }
    }

    /// Adds a line to the history.
    pub(super) fn keep(&self, line: &str) -> Result<(), Failure> {
        self.send(EditorRequest::Keep(line.to_owned()))
    }

    /// Drops entries from the history if a secret has become known that they may contain.
    pub(super) fn drop_secrets(&mut self) -> Result<(), Failure> {
        let known = known_secrets::count();
        if std::mem::replace(&mut self.secrets, known) == known {
            return Ok(());
        }
        self.send(EditorRequest::DropSecrets)
    }

    /// Returns the lines of the history, the oldest first.
    pub(super) fn history(&self) -> Result<Vec<String>, Failure> {
        let (answer, lines) = mpsc::channel();
        self.send(EditorRequest::History(answer))?;
        lines.recv().map_err(|e| unusable(&e.to_string()))
    }

    fn send(&self, request: EditorRequest) -> Result<(), Failure> {
        self.requests.send(request).map_err(|_| unusable("its thread has ended"))
    }
}

fn unusable(problem: &str) -> Failure {
    Failure::usage(format!("cannot read the terminal: {problem}"))
}

/// Sends an event. Nothing receives it if the process is about to end.
fn send_event(sender: &UnboundedSender<Event>, event: Event) {
    let _ = sender.send(event);
}

fn editor(color: bool, sender: UnboundedSender<Event>) -> rustyline::Result<RawEditor> {
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
    editor.set_helper(Some(LuaHelper::new(color, sender)));
    Ok(editor)
}

fn serve(mut editor: RawEditor, requests: &mpsc::Receiver<EditorRequest>, sender: &UnboundedSender<Event>) {
    let file = history_file();
    if let Some(file) = &file {
        // On the first start, the file does not exist. A history that cannot be repaired or read does not keep the
        // prompt from starting.
        let _ = history_file::mend(file);
        let _ = editor.load_history(file);
    }
    for request in requests {
        match request {
            EditorRequest::Read(prompt) => send_event(sender, read(&mut editor, &prompt)),
            EditorRequest::Keep(line) => {
                // A failure to write the history must not disturb the prompt.
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
            // The window was resized, or the process was stopped and continued.
            Err(ReadlineError::Signal(_)) => continue,
            // The input is not UTF-8: one wrong key, or a paste in another encoding. The line before it is kept.
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

/// Returns the file of the history, in the state folder; `None` if there is no such folder.
fn history_file() -> Option<PathBuf> {
    let file = own_links::follow(&state_folder::folder().ok()?.join("history")).ok()?;
    // A file from another program or a backup may be readable for others.
    #[cfg(unix)]
    if file.exists() {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).ok()?;
    }
    Some(file)
}
