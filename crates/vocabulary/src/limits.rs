//! How long texts may be that more than one service takes, in characters.

/// A display name, and whatever stands where one does.
pub const DISPLAY_NAME_MAX: usize = 100;

/// The reason that a customer or an operator gives.
pub const REASON_MAX: usize = 256;

/// An inviter's own reference.
pub const CORRELATION_ID_MAX: usize = 100;

/// An inviter's personal message.
pub const MESSAGE_MAX: usize = 1_000;
