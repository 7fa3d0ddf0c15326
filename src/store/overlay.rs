//! A file that is read as it is, with all that is written to it kept in memory.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::sync::{Mutex, MutexGuard, PoisonError};

use redb::StorageBackend;

/// The size of the blocks in which writes are kept.
const BLOCK_LEN: usize = 4096;

/// A file, and what was written over it.
#[derive(Debug)]
pub(super) struct Overlay {
    file: File,
    written: Mutex<Written>,
}

#[derive(Debug)]
struct Written {
    len: u64,
    /// How much of the file still counts: it was never longer than this.
    file_len: u64,
    blocks: BTreeMap<u64, Box<[u8; BLOCK_LEN]>>,
}

impl Overlay {
    pub(super) fn new(file: File) -> io::Result<Self> {
        let len = file.metadata()?.len();
        Ok(Self { file, written: Mutex::new(Written { len, file_len: len, blocks: BTreeMap::new() }) })
    }

    fn written(&self) -> MutexGuard<'_, Written> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fills a slice from the file; what is beyond its end is zero.
    fn read_file(&self, offset: u64, out: &mut [u8], file_len: u64) -> io::Result<()> {
        let count = usize::try_from(file_len.saturating_sub(offset)).unwrap_or(out.len()).min(out.len());
        let (read, beyond) = out.split_at_mut(count);
        beyond.fill(0);
        self.file.read_exact_at(read, offset)
    }
}

/// The block in which an offset is, where it is there, and how many of these bytes are in the block too.
fn locate(offset: u64, len: usize) -> (u64, usize, usize) {
    let at = usize::try_from(offset % BLOCK_LEN as u64).unwrap_or_default();
    (offset / BLOCK_LEN as u64, at, len.min(BLOCK_LEN - at))
}

impl StorageBackend for Overlay {
    fn len(&self) -> io::Result<u64> {
        Ok(self.written().len)
    }

    fn read(&self, mut offset: u64, mut out: &mut [u8]) -> io::Result<()> {
        let written = self.written();
        if offset.saturating_add(out.len() as u64) > written.len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        while !out.is_empty() {
            let (number, at, count) = locate(offset, out.len());
            let (part, rest) = out.split_at_mut(count);
            match written.blocks.get(&number) {
                Some(block) => part.copy_from_slice(block.get(at..at + count).unwrap_or_default()),
                None => self.read_file(offset, part, written.file_len)?,
            }
            (offset, out) = (offset + count as u64, rest);
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut written = self.written();
        if len < written.len {
            written.blocks.split_off(&len.div_ceil(BLOCK_LEN as u64));
            let (number, at, _) = locate(len, 0);
            if let Some(cut) = written.blocks.get_mut(&number).and_then(|block| block.get_mut(at..)) {
                cut.fill(0);
            }
        }
        written.len = len;
        written.file_len = written.file_len.min(len);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, mut offset: u64, mut data: &[u8]) -> io::Result<()> {
        let mut written = self.written();
        while !data.is_empty() {
            let (number, at, count) = locate(offset, data.len());
            let (part, rest) = data.split_at(count);
            if !written.blocks.contains_key(&number) {
                let mut block = Box::new([0; BLOCK_LEN]);
                self.read_file(number * BLOCK_LEN as u64, block.as_mut_slice(), written.file_len)?;
                written.blocks.insert(number, block);
            }
            if let Some(target) =
                written.blocks.get_mut(&number).and_then(|block| block.get_mut(at..at + count))
            {
                target.copy_from_slice(part);
            }
            (offset, data) = (offset + count as u64, rest);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_the_file_stays_as_it_is() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        let content: Vec<u8> = (0..10_000_u32).map(|number| number.to_be_bytes()[3]).collect();
        std::fs::write(&path, &content).unwrap();
        let overlay = Overlay::new(File::open(&path).unwrap()).unwrap();
        let mut expected = content.clone();
        for (offset, count) in [(0, 1), (4090, 5000), (9_999, 1), (4096, 4096), (100, 0)] {
            overlay.write(offset as u64, &vec![0xee; count]).unwrap();
            expected[offset..offset + count].fill(0xee);
        }
        // Cut within a block that was written, and grown again.
        overlay.set_len(2_000).unwrap();
        overlay.set_len(12_000).unwrap();
        overlay.write(11_000, &[7; 1000]).unwrap();
        expected.truncate(2_000);
        expected.resize(11_000, 0);
        expected.resize(12_000, 7);
        let mut read = vec![1; 9_000];
        overlay.read(2_500, &mut read).unwrap();
        assert!(read == expected[2_500..11_500]);
        assert!(overlay.read(11_999, &mut [0; 2]).is_err());
        assert_eq!((overlay.len().unwrap(), std::fs::read(&path).unwrap()), (12_000, content));
    }
}
