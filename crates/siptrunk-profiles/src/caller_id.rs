//! Who a trunk is shown as the caller: From, P-Asserted-Identity, Privacy.

/// What the From of an INVITE towards a trunk names.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum CallerFrom {
    /// The caller.
    #[default]
    Caller,
    /// Always this number: carriers refuse callers that the account does not own.
    Number(String),
}

/// What the P-Asserted-Identity (RFC 3325) of an INVITE towards a trunk says. Towards a trunk that is not
/// trusted a caller who asked for privacy has none, whatever stands here.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum CallerAsserted {
    /// What a trusted trunk asserted, towards a trunk that is trusted as well; else nothing.
    #[default]
    Carried,
    /// That, or the caller's number where nothing was asserted, whether the trunk is trusted or not:
    /// carriers that want the header say so.
    Caller,
    /// Always this number.
    Number(String),
    /// Nothing.
    Never,
}

/// Who a trunk is shown as the caller. What Five9 and Synthflow do with these headers is unknown, so the
/// default is what RFC 3325 says: F-25 and S-28, 2026-11-24.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub struct CallerIdPolicy {
    /// What From names.
    pub from: CallerFrom,
    /// What P-Asserted-Identity says.
    pub asserted: CallerAsserted,
}
