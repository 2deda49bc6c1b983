//! Files that people write, as keys, lists and addresses: small, and read whole. What one says is
//! its reader's concern.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// What some editors and shells write before a text in UTF-8, in bytes. It is no part of the text.
pub const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Larger files are not what is looked for.
const MAX: u64 = 1024 * 1024;

/// The text of a file, without a byte-order mark. Refused where it is empty or larger than 1 MiB.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    File::open(path)?.take(MAX + 1).read_to_end(&mut content)?;
    unmark(&mut content);
    let wrong = match content.len() as u64 {
        0 => "the file is empty",
        length if length > MAX => "the file is larger than 1 MiB",
        _ => return Ok(content),
    };
    Err(io::Error::new(ErrorKind::InvalidData, wrong))
}

/// Takes a byte-order mark away from the beginning of a text.
pub fn unmark(text: &mut Vec<u8>) {
    if text.starts_with(BYTE_ORDER_MARK) {
        text.drain(..BYTE_ORDER_MARK.len());
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_is_read_without_its_mark() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let read = |content: &[u8]| {
            fs::write(&path, content).unwrap();
            read(&path).map_err(|error| error.to_string())
        };
        for content in ["{}", "\u{feff}{}"] {
            assert_eq!(read(content.as_bytes()).unwrap(), b"{}");
        }
        let second = "{\u{feff}}".as_bytes();
        assert_eq!(read(second).unwrap(), second, "only at the beginning");
        for nothing in ["", "\u{feff}"] {
            assert_eq!(read(nothing.as_bytes()).unwrap_err(), "the file is empty");
        }
        let large = read(&[b' '; 2 << 20]).unwrap_err();
        assert_eq!(large, "the file is larger than 1 MiB");
    }
}
