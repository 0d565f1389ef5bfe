//! Inputs whose bytes come from a file: `body = { file = "backup.tar" }`. The file is read while it is sent.

use std::fs::File;
use std::io;

use aws_smithy_types::byte_stream::{ByteStream, Length};
use moonfleet_core::{CallFailure, CallFailureKind, Field, Map, Value, suggest};
use moonfleet_models::Operation as Model;
use moonfleet_protocols::{InputStream, RunningChecksum, checksum_for_stream};

use crate::operation::Operation;

const NAMES: [&str; 3] = ["file", "offset", "length"];

/// A file, or a part of one, whose bytes are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileBody {
    pub path: String,
    /// The first byte, counted from 0.
    offset: u64,
    /// The number of bytes; `None` for all up to the end.
    length: Option<u64>,
}

impl FileBody {
    /// Returns the file that a table names. The error says what the table needs.
    pub(crate) fn read(table: &Map) -> Result<Self, String> {
        if let Some((name, _)) = table.0.iter().find(|(name, _)| !NAMES.contains(&name.as_str())) {
            let hint = suggest::nearest(name, NAMES);
            let hint = hint.map_or_else(String::new, |nearest| format!("; did you mean '{nearest}'?"));
            return Err(format!("the bytes of a file have no parameter '{name}'{hint}"));
        }
        let Some(Value::String(path)) = table.get("file") else {
            return Err("expected binary string, or a table such as {file = \"backup.tar\"}".to_owned());
        };
        let number = |name: &str| match table.get(name) {
            None | Some(Value::Nil) => Ok(None),
            Some(Value::Integer(number)) if *number >= 0 => Ok(Some(number.unsigned_abs())),
            Some(_) => Err(format!("{name} must be an integer that is not negative")),
        };
        Ok(FileBody { path: path.clone(), offset: number("offset")?.unwrap_or_default(), length: number("length")? })
    }

    /// Returns the file whose bytes an input sends, if it does.
    pub fn of(operation: &Operation, input: &Map) -> Option<FileBody> {
        let field = operation.input().fields.iter().find(|field| field.is_stream)?;
        match input.get(field.name()) {
            Some(Value::Map(table)) => FileBody::read(table).ok(),
            _ => None,
        }
    }

    /// Takes the file out of an input.
    pub(crate) fn take(fields: &[Field], input: &mut Map) -> Option<FileBody> {
        let name = fields.iter().find(|field| field.is_stream)?.name();
        let Some(Value::Map(table)) = input.get(name) else { return None };
        let file = FileBody::read(table).ok()?;
        input.take(name);
        Some(file)
    }

    /// Opens the file for a call. The bytes are read once before, for the checksum that becomes a parameter of the
    /// call, or for the signature.
    pub(crate) async fn open(
        &self,
        service: &'static moonfleet_models::Service,
        operation: &Model,
        input: &mut Map,
    ) -> Result<InputStream, CallFailure> {
        let failed = |problem: String| {
            let message = format!("cannot read {}: {problem}", self.path);
            CallFailure { code: "FileUnreadable".to_owned(), ..CallFailure::new(CallFailureKind::NotSent, message) }
        };
        let size = size(&self.path).map_err(|error| failed(error.to_string()))?;
        let rest = size.checked_sub(self.offset).filter(|rest| self.length.unwrap_or(*rest) <= *rest);
        let Some(rest) = rest else {
            let length = self.length.map_or_else(String::new, |length| format!(" {length} bytes"));
            return Err(failed(format!("it has {size} bytes, not{length} from byte {} on", self.offset)));
        };
        let length = self.length.unwrap_or(rest);
        let bytes = || async {
            let part = ByteStream::read_from().path(&self.path).offset(self.offset).length(Length::Exact(length));
            part.build().await.map_err(|error| failed(error.to_string()))
        };
        let checksum = checksum_for_stream(service, operation, input);
        let algorithm = checksum.as_ref().map_or("SHA256", |checksum| &checksum.algorithm);
        let needs_sum = checksum.is_some() || !operation.unsigned_payload;
        let Some(mut sum) = RunningChecksum::new(algorithm).filter(|_| needs_sum) else {
            return Ok(InputStream { body: bytes().await?.into_inner(), sha256: None });
        };
        let mut read = bytes().await?;
        while let Some(piece) = read.next().await {
            sum.update(&piece.map_err(|error| failed(error.to_string()))?);
        }
        let sha256 = match checksum {
            Some(checksum) => {
                input.set(checksum.parameter, sum.in_base64().into());
                None
            }
            None => Some(sum.in_hex()),
        };
        Ok(InputStream { body: bytes().await?.into_inner(), sha256 })
    }
}

/// Returns the size of a file. Another thing, such as a pipe, has none that is known before it is read.
fn size(path: &str) -> io::Result<u64> {
    let about = File::open(path)?.metadata()?;
    match about.is_file() {
        true => Ok(about.len()),
        false => Err(io::Error::other("it is not a regular file")),
    }
}
