//! What Five9 says of a call in the headers of its INVITE: facts with a name in either set of spellings,
//! over the one call context of `siptrunk-xei`.

use siptrunk_xei::{CallContext, ContextError, Variable};

/// Which names a script uses. F-11, 2026-03: both are in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Spelling {
    /// Those that vendors document for AI Agent Connect, as `X-CallANI`.
    AgentConnect,
    /// Those of Five9 Studio, as `X-five9ani`.
    Studio,
}

/// A fact of a call that Five9's scripts tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CallFact {
    /// The caller's number.
    Caller,
    /// The number that was dialled.
    Dialed,
    /// Five9's own id of the call; never the SIP Call-ID. F-12, 2026-03.
    CallId,
    /// Five9's id of the session.
    SessionId,
    /// The campaign.
    Campaign,
    /// When the call began.
    Started,
    /// Five9's id of the customer's domain.
    Domain,
    /// The agent.
    Agent,
}

impl CallFact {
    /// All facts.
    pub const ALL: [Self; 8] = [
        Self::Caller,
        Self::Dialed,
        Self::CallId,
        Self::SessionId,
        Self::Campaign,
        Self::Started,
        Self::Domain,
        Self::Agent,
    ];

    /// The name of its header in this set, where the set has one. F-11, 2026-03.
    pub const fn header(self, spelling: Spelling) -> Option<&'static str> {
        let (agent_connect, studio) = match self {
            Self::Caller => ("X-CallANI", Some("X-five9ani")),
            Self::Dialed => ("X-CallDNIS", Some("X-five9dnis")),
            Self::CallId => ("X-CallID", Some("X-five9callid")),
            Self::SessionId => ("X-CallSessionID", Some("X-five9sessionid")),
            Self::Campaign => ("X-CallCampaign", None),
            Self::Started => ("X-CallStartTimestamp", None),
            Self::Domain => ("X-CallDomainID", None),
            Self::Agent => ("X-AgentID", None),
        };
        match spelling {
            Spelling::AgentConnect => Some(agent_connect),
            Spelling::Studio => studio,
        }
    }

    /// As configuration files write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Caller => "caller",
            Self::Dialed => "dialed",
            Self::CallId => "call-id",
            Self::SessionId => "session-id",
            Self::Campaign => "campaign",
            Self::Started => "started",
            Self::Domain => "domain",
            Self::Agent => "agent",
        }
    }

    /// The fact in a call's context, under either of its names and without regard to case.
    pub fn of<'a>(self, context: &CallContext<'a>) -> Option<Variable<'a>> {
        let names = [Spelling::AgentConnect, Spelling::Studio];
        context.first_of(names.into_iter().filter_map(|spelling| self.header(spelling)))
    }

    /// The fact as a header to write; nothing where the set has no name for it.
    ///
    /// # Errors
    /// A value that no header can have.
    pub fn variable(
        self,
        spelling: Spelling,
        value: &[u8],
    ) -> Result<Option<Variable<'_>>, ContextError> {
        self.header(spelling).map(|name| Variable::new(name, value)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Five9, Synthflow};

    /// F-11, 2026-03: one fact under either name, X-EI and Diversion beside it, and back byte for byte.
    #[test]
    fn one_context_from_either_set_of_names_and_back() {
        for spelling in [Spelling::AgentConnect, Spelling::Studio] {
            let name = |fact: CallFact| fact.header(spelling).expect("both sets have it");
            let fields: Vec<(&[u8], &[u8])> = vec![
                (b"Via", b"SIP/2.0/UDP x"),
                (b"Call-ID", b"not this one"),
                (name(CallFact::Caller).as_bytes(), b"+12065550100"),
                (b"X-EI", b"E.crm456;"),
                (name(CallFact::CallId).as_bytes(), b"300000000123"),
                (b"x-Own_Name", b" as it is "),
                (b"Diversion", b"<sip:+12065550111@x.example>;reason=unconditional"),
                (b"Diversion", b"<sip:+12065550122@x.example>"),
            ];
            let context = CallContext::from_headers(fields, Synthflow::X_EI);
            let fact = |fact: CallFact| fact.of(&context).and_then(|variable| variable.to_str());
            assert_eq!(fact(CallFact::Caller), Some("+12065550100"), "{spelling:?}");
            assert_eq!(fact(CallFact::CallId), Some("300000000123"), "{spelling:?}");
            assert_eq!(fact(CallFact::Campaign), None);
            assert_eq!(
                context.diversion(),
                Some("<sip:+12065550111@x.example>;reason=unconditional"),
                "the topmost counts"
            );
            let back: Vec<_> = context.headers(Synthflow::X_EI).collect();
            assert_eq!(
                back,
                [
                    ("X-EI", &b"E.crm456;"[..]),
                    (name(CallFact::Caller), b"+12065550100"),
                    (name(CallFact::CallId), b"300000000123"),
                    ("x-Own_Name", b" as it is "),
                ]
            );
        }
    }

    #[test]
    fn every_name_of_the_facts_is_a_known_one_and_every_known_one_a_fact() {
        let mut names: Vec<_> = [Spelling::AgentConnect, Spelling::Studio]
            .into_iter()
            .flat_map(|spelling| CallFact::ALL.map(|fact| fact.header(spelling)))
            .flatten()
            .collect();
        let mut known = Five9::INVITE_HEADERS.to_vec();
        names.sort_unstable();
        known.sort_unstable();
        assert_eq!(names, known);
    }

    #[test]
    fn a_fact_is_written_by_the_strict_rules() {
        let variable = CallFact::Caller.variable(Spelling::Studio, b"+1").expect("it is good");
        assert_eq!(variable.map(|variable| variable.name()), Some("X-five9ani"));
        assert_eq!(CallFact::Agent.variable(Spelling::Studio, b"7"), Ok(None));
        assert!(CallFact::Caller.variable(Spelling::Studio, b"a\r\nb").is_err());
    }
}
