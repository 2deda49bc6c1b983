//! How long the parts of a draft may be.

/// How long the parts of a draft may be.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Characters of a subject: 200.
    pub subject: usize,
    /// Characters of a text: 20,000.
    pub text: usize,
    /// Bytes of a `mailto:` URI: 1,900, which is also the least that always has room for the
    /// shortest one.
    pub mailto: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            subject: 200,
            text: 20_000,
            mailto: 1_900,
        }
    }
}
