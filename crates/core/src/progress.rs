//! The progress of long work, for the person at the terminal.

pub trait Progress: Send + Sync {
    /// Starts a bar for a number of steps; `None` without a terminal.
    fn start(&self, steps: usize) -> Option<Box<dyn ProgressBar>>;
}

pub trait ProgressBar {
    /// Counts one more step as done.
    fn advance(&self);

    /// Returns the steps that are done, and all of them.
    fn counts(&self) -> (u64, u64);

    fn set_message(&self, message: String);

    /// Prints a line above the bar.
    fn print_line(&self, line: &str);

    /// Removes the bar from the screen.
    fn clear(&self);
}
