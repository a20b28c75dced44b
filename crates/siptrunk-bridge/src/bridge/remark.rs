//! What is not as it should be in a call that does not fail for it.

use std::time::Duration;

use siptrunk_media::Side;

use super::Context;
use super::call::Call;
use crate::diagnosis::CallFailure;

/// A call that stood for less may end before anybody has said a word.
const LONG_ENOUGH: Duration = Duration::from_secs(5);

impl Call {
    /// The sides agreed on no telephone-event: which trunk took none.
    pub(super) fn remark_digits(&mut self, cx: &Context<'_>) {
        // A late offer is answered later, by the caller's ACK.
        let agreed = self.negotiation.as_ref().filter(|_| self.late_offer.is_none());
        if agreed.is_none_or(super::negotiation::Negotiation::carries_digits) {
            return;
        }
        let offered = self.offer.as_ref().is_some_and(|offer| {
            offer.to_string().to_ascii_lowercase().contains("telephone-event")
        });
        let trunk = self.trunk_name(cx, if offered { Side::B } else { Side::A });
        self.record.remarks.push(CallFailure::NoDigits { trunk });
    }

    /// A side that never sent audio, while the other one did.
    pub(super) fn remark_silence(&mut self, cx: &Context<'_>) {
        let stood = self.record.answered_after.is_some_and(|answered| {
            cx.now.saturating_duration_since(self.started) >= answered + LONG_ENOUGH
        });
        let Some(media) = self.record.media.as_ref().filter(|_| stood) else { return };
        let (side, name) = match (media.a.received_packets, media.b.received_packets) {
            (0, 1..) => (Side::A, "calling"),
            (1.., 0) => (Side::B, "called"),
            _ => return,
        };
        let trunk = self.trunk_name(cx, side);
        self.record.remarks.push(CallFailure::OneWayAudio { trunk, side: name });
    }

    /// Headers of a BYE that the caller's trunk does not take any more.
    pub(super) fn remark_cut(&mut self, cx: &Context<'_>, left: &[String]) {
        if left.is_empty() {
            return;
        }
        let limit = cx.legs.trunk(self.a.trunk).and_then(|trunk| trunk.header_policy.bye_limit);
        let (trunk, limit) = (self.trunk_name(cx, Side::A), limit.unwrap_or_default());
        self.record.remarks.push(CallFailure::HandBackCut { trunk, limit, left: left.to_vec() });
    }
}
