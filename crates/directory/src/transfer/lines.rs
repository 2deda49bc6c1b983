//! Lines of a stream, read a batch at a time. A line that is too long is passed over, not held.

use std::io;

use platform::file;
use tokio::io::{AsyncBufRead, AsyncBufReadExt};

use super::line;
use crate::domain::record::Record;

/// The longest line, in bytes, without its end.
pub(super) const LINE_MAX: usize = 64 * 1024;

/// Some lines, read.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// What the good ones say, each with its number.
    pub(super) records: Vec<(u64, Record)>,
    /// The bad ones, each with its number and why.
    pub(super) bad: Vec<(u64, String)>,
}

/// The lines of a stream.
pub(super) struct Lines<R> {
    from: R,
    /// The line that is read now, cut where it is too long.
    line: Vec<u8>,
    number: u64,
    count: u64,
}

impl<R: AsyncBufRead + Unpin> Lines<R> {
    /// The lines of this stream, from its beginning.
    pub(super) fn new(from: R) -> Self {
        Self {
            from,
            line: Vec::new(),
            number: 0,
            count: 0,
        }
    }

    /// How many lines were read, empty ones not counted.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// The next lines, at most `size`, empty ones not counted; `None` at the end.
    pub(super) async fn batch(&mut self, size: usize) -> io::Result<Option<Batch>> {
        let mut batch = Batch::default();
        while batch.records.len() + batch.bad.len() < size && self.next().await? {
            // of one that is too long only the beginning is known, which may be space
            if self.line.len() <= LINE_MAX && self.line.trim_ascii().is_empty() {
                continue;
            }
            self.count += 1;
            match self.read() {
                Ok(record) => batch.records.push((self.number, record)),
                Err(reason) => batch.bad.push((self.number, reason)),
            }
        }
        let some = !batch.records.is_empty() || !batch.bad.is_empty();
        Ok(some.then_some(batch))
    }

    fn read(&self) -> Result<Record, String> {
        if self.line.len() > LINE_MAX {
            return Err(format!("has more than {LINE_MAX} bytes"));
        }
        line::read(&self.line)
    }

    /// Goes to the next line; false at the end. What stands before the first line of a file to say
    /// that it is UTF-8 is no part of it.
    async fn next(&mut self) -> io::Result<bool> {
        let some = self.next_as_it_is().await?;
        if self.number == 1 {
            file::unmark(&mut self.line);
        }
        Ok(some)
    }

    /// The same, with every byte. Of a line that is too long enough is kept to know it by.
    async fn next_as_it_is(&mut self) -> io::Result<bool> {
        const KEPT: usize = file::BYTE_ORDER_MARK.len() + LINE_MAX + 1;
        self.line.clear();
        let mut begun = false;
        loop {
            let available = self.from.fill_buf().await?;
            if available.is_empty() {
                self.number += u64::from(begun);
                return Ok(begun);
            }
            begun = true;
            let end = available.iter().position(|byte| *byte == b'\n');
            let part = &available[..end.unwrap_or(available.len())];
            let room = KEPT.saturating_sub(self.line.len());
            self.line.extend_from_slice(&part[..part.len().min(room)]);
            let used = part.len() + usize::from(end.is_some());
            self.from.consume(used);
            if end.is_some() {
                self.number += 1;
                return Ok(true);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::BufReader;

    use super::*;

    async fn numbers(text: &[u8], buffer: usize, size: usize) -> (Vec<Vec<u64>>, u64) {
        let text = io::Cursor::new(text.to_vec());
        let mut lines = Lines::new(BufReader::with_capacity(buffer, text));
        let mut batches = Vec::new();
        while let Some(batch) = lines.batch(size).await.unwrap() {
            let good = batch.records.into_iter().map(|(number, _)| number);
            let mut all: Vec<_> = good
                .chain(batch.bad.into_iter().map(|(number, _)| number))
                .collect();
            all.sort_unstable();
            batches.push(all);
        }
        (batches, lines.count())
    }

    #[tokio::test]
    async fn lines_are_numbered_whatever_is_empty_and_however_they_arrive() {
        let text = b"x\n\n \t\r\nx\r\nx";
        for buffer in [1, 2, 3, 100] {
            assert_eq!(
                numbers(text, buffer, 2).await,
                (vec![vec![1, 4], vec![5]], 3)
            );
        }
        assert_eq!(numbers(b"", 10, 2).await, (vec![], 0));
        assert_eq!(numbers(b"\n\n", 10, 2).await, (vec![], 0));
        assert_eq!(numbers(b"x\nx\n", 10, 2).await, (vec![vec![1, 2]], 2));
    }

    #[tokio::test]
    async fn a_byte_order_mark_is_no_part_of_the_first_line() {
        let line = r#"{"type":"refusal","partner":"litware","reason":"No."}"#;
        let longest = " ".repeat(LINE_MAX - line.len());
        for text in [
            format!("\u{feff}{line}"),
            format!("\u{feff}{line}{longest}\n"),
            format!("\u{feff}\n{line}"),
        ] {
            for buffer in [1, 2, 4, 1_000] {
                let from = io::Cursor::new(text.clone().into_bytes());
                let mut lines = Lines::new(BufReader::with_capacity(buffer, from));
                let batch = lines.batch(10).await.unwrap().unwrap();
                assert_eq!((batch.records.len(), &*batch.bad), (1, &[][..]), "{buffer}");
            }
        }
        assert_eq!(numbers("\u{feff}".as_bytes(), 10, 2).await, (vec![], 0));
        let second = format!("{line}\n\u{feff}{line}");
        let (batches, _) = numbers(second.as_bytes(), 10, 2).await;
        assert_eq!(batches, [[1, 2]], "and of no other");
    }

    #[tokio::test]
    async fn a_line_that_is_too_long_is_passed_over_alone() {
        for (length, reason) in [
            (LINE_MAX, false),
            (LINE_MAX + 1, true),
            (40 * LINE_MAX, true),
        ] {
            let mut text = vec![b'x'; length];
            text.extend(b"\nx\n");
            let mut lines = Lines::new(BufReader::new(io::Cursor::new(text)));
            let batch = lines.batch(10).await.unwrap().unwrap();
            assert_eq!(batch.bad.len(), 2, "{length}");
            assert_eq!(batch.bad[0].1.contains("bytes"), reason, "{length}");
            assert!(!batch.bad[1].1.contains("bytes"), "{length}");
            assert!(lines.line.capacity() <= 4 * LINE_MAX, "{length}");
        }
    }
}
