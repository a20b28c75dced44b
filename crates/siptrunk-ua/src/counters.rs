//! What the user agent did by itself, counted.

/// Counts since the start; see [`UserAgent::counters`](crate::UserAgent::counters).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// INVITEs left for the next target because nothing came: a late provisional response to one
    /// is cancelled.
    pub abandoned_invites: u64,
    /// 2xx responses that no session waited for (forks, abandoned or cancelled INVITEs):
    /// acknowledged and hung up.
    pub surplus_answers: u64,
    /// 2xx responses that came after everything of their INVITE was forgotten, counted each time they
    /// come: acknowledged, and hung up unless their dialog stands.
    pub late_answers: u64,
    /// Requests written with compact names, because they were too large for a datagram.
    pub compacted_requests: u64,
    /// Requests that went over UDP although they were too large: TCP was not there, or not wanted.
    pub oversized_datagrams: u64,
    /// Requests that went over TCP because they were too large for a datagram.
    pub tcp_for_size: u64,
    /// Of those, the ones whose connection failed: they went over UDP.
    pub tcp_fallbacks: u64,
    /// Keep-alives sent over the flows of registrations.
    pub keep_alives: u64,
    /// Flows of registrations that were given up because a keep-alive got no answer.
    pub dead_flows: u64,
    /// Requests refused by the rules of RFC 3261 sections 8.2 and 12.2.2.
    pub refused_requests: u64,
    /// INVITEs and other requests refused with 503 because a limit was reached.
    pub refused_by_limit: u64,
    /// Challenges that were answered.
    pub answered_challenges: u64,
    /// Challenges that were not: no account, not from the account's peer, another realm, or once
    /// too often.
    pub refused_challenges: u64,
    /// Servers that accepted our credentials and proved that they know the password too (RFC 7616
    /// section 3.5).
    pub proven_servers: u64,
    /// Authentication-Info that is malformed or proves nothing: whoever wrote it does not know the
    /// password, or speaks of another request. Nothing of it is used; the response stands.
    pub unproven_servers: u64,
}
