//! The distinguished encoding rules of ASN.1 (X.690), as far as certificates need them.

/// The tag of a sequence.
pub(super) const SEQUENCE: u8 = 0x30;

/// Elements in DER, of which the first is read next.
pub(super) struct Der<'d>(pub(super) &'d [u8]);

impl<'d> Der<'d> {
    /// Returns the tag of the next element; nothing if there is none.
    pub(super) fn tag(&self) -> Option<u8> {
        self.0.first().copied()
    }

    /// Takes the next element, with its tag and its length.
    pub(super) fn element(&mut self) -> Option<&'d [u8]> {
        let (header, length) = self.header()?;
        let (element, rest) = self.0.split_at_checked(header.checked_add(length)?)?;
        self.0 = rest;
        Some(element)
    }

    /// Takes the content of the next element, which must have this tag.
    pub(super) fn content(&mut self, tag: u8) -> Option<&'d [u8]> {
        let (header, _) = self.header()?;
        let element = self.element()?;
        if element.first() == Some(&tag) { element.get(header..) } else { None }
    }

    /// Returns the lengths of the next element's header and of its content.
    fn header(&self) -> Option<(usize, usize)> {
        match *self.0.get(1)? {
            length @ 0..=0x7f => Some((2, length.into())),
            // More than three bytes of length are no certificate.
            count @ 0x81..=0x83 => {
                let count = usize::from(count - 0x80);
                let digits = self.0.get(2..2 + count)?;
                Some((2 + count, digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit))))
            }
            _ => None,
        }
    }
}
