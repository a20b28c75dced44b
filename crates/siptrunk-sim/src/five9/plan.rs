//! One call of the Five9 end over its trunk.

use std::time::Duration;

use siptrunk_sdp::offer_answer::CodecPolicy;

use crate::{audio::AudioPlan, scripted::Header};

/// One call of the Five9 end.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CallPlan {
    /// How long after the end's construction, or after `dial`, the INVITE leaves.
    pub start: Duration,
    /// The number to dial: the user of the Request-URI.
    pub dialed: String,
    /// The caller: the user of From and Contact.
    pub caller: String,
    /// Further header fields of the INVITE, in this order and spelling.
    pub headers: Vec<Header>,
    /// The codecs to offer.
    pub codecs: CodecPolicy,
    /// What to send and to hear.
    pub audio: AudioPlan,
    /// What the caller does by itself.
    pub ending: Ending,
    /// Max-Forwards of the INVITE.
    pub max_forwards: u8,
    /// The caller gives up after so long a ringing, and sends CANCEL.
    pub ring: Duration,
    /// After so long a talk the caller hangs up, whatever happens.
    pub longest: Duration,
    /// Digits that the caller presses once the audio is said, as telephone events.
    pub digits: String,
}

/// What the caller does to end the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ending {
    /// Waits for the other end.
    Wait,
    /// Sends BYE so long after the answer.
    HangUp(Duration),
    /// Sends CANCEL so long after the first provisional response, if it still rings.
    Cancel(Duration),
}

impl CallPlan {
    /// A call with the context headers of Five9's published integrations, and a Diversion: the
    /// caller first dialled the main number.
    ///
    /// It offers PCMU, PCMA and telephone-event 101, sends [`Signal::CALLER`](crate::Signal::CALLER)
    /// for two seconds and waits to be handed back.
    pub fn new(dialed: &str, caller: &str) -> Self {
        let headers = [
            ("Diversion", "<sip:+18005550100@five9.example>;reason=unconditional;counter=1"),
            ("X-CallANI", caller),
            ("X-CallDNIS", "+18005550100"),
            ("X-CallID", "1234567890123456"),
            ("X-CallSessionID", "9D1E0C5A4B7F4E0F8A35"),
            ("X-CallCampaign", "Inbound Support"),
            ("X-CallStartTimestamp", "20261123093000000"),
            ("X-CallDomainID", "131415"),
        ];
        Self {
            start: Duration::ZERO,
            dialed: dialed.to_owned(),
            caller: caller.to_owned(),
            headers: headers.map(|(name, value)| Header::new(name, value)).to_vec(),
            codecs: CodecPolicy::default(),
            audio: AudioPlan::caller(),
            ending: Ending::Wait,
            max_forwards: 70,
            ring: Duration::from_secs(180),
            longest: Duration::from_secs(60),
            digits: String::new(),
        }
    }

    /// Sets [`start`](Self::start).
    #[must_use]
    pub fn start(mut self, start: Duration) -> Self {
        self.start = start;
        self
    }

    /// Sets a header of the INVITE: in its place if there is one of that name (compared without
    /// case), else at the end.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let known = self.headers.iter_mut().find(|known| known.name.eq_ignore_ascii_case(name));
        if let Some(known) = known {
            *known = Header::new(name, value);
        } else {
            self.headers.push(Header::new(name, value));
        }
        self
    }

    /// Takes out all further header fields.
    #[must_use]
    pub fn without_headers(mut self) -> Self {
        self.headers.clear();
        self
    }

    /// Sets [`codecs`](Self::codecs).
    #[must_use]
    pub fn codecs(mut self, codecs: CodecPolicy) -> Self {
        self.codecs = codecs;
        self
    }

    /// Sets [`audio`](Self::audio).
    #[must_use]
    pub fn audio(mut self, audio: AudioPlan) -> Self {
        self.audio = audio;
        self
    }

    /// Sets [`ending`](Self::ending).
    #[must_use]
    pub fn ending(mut self, ending: Ending) -> Self {
        self.ending = ending;
        self
    }

    /// Sets [`max_forwards`](Self::max_forwards).
    #[must_use]
    pub fn max_forwards(mut self, hops: u8) -> Self {
        self.max_forwards = hops;
        self
    }

    /// Sets [`ring`](Self::ring).
    #[must_use]
    pub fn ring(mut self, ring: Duration) -> Self {
        self.ring = ring;
        self
    }

    /// Sets [`longest`](Self::longest).
    #[must_use]
    pub fn longest(mut self, longest: Duration) -> Self {
        self.longest = longest;
        self
    }

    /// Sets [`digits`](Self::digits).
    #[must_use]
    pub fn digits(mut self, digits: &str) -> Self {
        digits.clone_into(&mut self.digits);
        self
    }
}
