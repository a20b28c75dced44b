//! What the layer dropped, repeated or answered by itself, by reason.

/// Counters since the layer was made. They only grow.
///
/// Every message that came in and caused no event is in exactly one counter of the first group or
/// in `absorbed`: nothing vanishes uncounted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Messages and keep-alives that came in.
    pub received: u64,
    /// Not SIP, or too broken to answer; dropped.
    pub malformed_dropped: u64,
    /// Broken requests that got a stateless 400 or 505.
    pub malformed_answered: u64,
    /// Responses whose mandatory fields do not read; dropped.
    pub malformed_responses: u64,
    /// Empty datagrams and those of CR and LF only; dropped.
    pub keepalives: u64,
    /// Responses whose top Via is not one of ours, or that carry a second Via; dropped.
    pub foreign_responses: u64,
    /// Responses to no transaction of ours; dropped.
    pub stray_responses: u64,
    /// Late answers over their rate; dropped.
    pub late_over_rate: u64,
    /// ACKs to what was refused without state, or without a To tag; dropped.
    pub stray_acks: u64,
    /// CANCELs of nothing; answered 481.
    pub stray_cancels: u64,
    /// Requests that came a second time over another path; answered 482.
    pub merged: u64,
    /// Requests over the cap; answered 503.
    pub over_limit: u64,
    /// Requests of strangers over their rate; dropped unread.
    pub over_rate: u64,
    /// Requests of strangers who have their share of transactions; answered 503 or dropped.
    pub over_stranger: u64,
    /// Requests of strangers when all of them together have theirs; answered 503 or dropped.
    pub over_strangers: u64,
    /// Requests of strangers with a branch of RFC 2543, which identifies nothing; answered 400 or
    /// dropped.
    pub legacy: u64,
    /// Requests, responses and ACKs that their transaction did not pass on: repetitions, which it
    /// absorbed or answered by kept bytes, and what came too late.
    pub absorbed: u64,
    /// CANCELs that were answered 200 and told nothing new.
    pub late_cancels: u64,
    /// Requests and responses that timers sent again.
    pub retransmitted: u64,
    /// Late answers that went up.
    pub late_answers: u64,
    /// Transactions that ended by timer B, F or H, or by the limit.
    pub timeouts: u64,
    /// Answers of the layer to strangers that were not sent, since they were larger than what had
    /// come or would have gone to another port: its address may be forged.
    pub withheld: u64,
    /// Transport errors of transactions.
    pub transport_errors: u64,
}
