//! What can be made to go wrong, each a switch of a scripted end or of its link.

use std::str::FromStr;

use siptrunk::message::Method;
use siptrunk::sim::five9::Five9;
use siptrunk::sim::synthflow::{Answering, Synthflow, SynthflowConfig};
use siptrunk::sim::{Fault as LinkFault, Faulty};

/// A fault of this example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Synthflow sends no RTP.
    NoAudioB,
    /// The link drops every BYE, both ways.
    DropBye,
    /// No X-EI and no call context reaches Synthflow.
    NoXEi,
    /// Five9 dials a number without a route.
    WrongDid,
    /// Synthflow answers 486.
    Far486,
    /// The link strips the hand-back headers.
    LoseHandback,
    /// Synthflow's BYE reuses a CSeq.
    BadCseq,
}

/// The switch of each fault.
const NAMES: [(&str, Fault); 7] = [
    ("no-audio-b", Fault::NoAudioB),
    ("drop-bye", Fault::DropBye),
    ("no-xei", Fault::NoXEi),
    ("wrong-did", Fault::WrongDid),
    ("far-486", Fault::Far486),
    ("lose-handback", Fault::LoseHandback),
    ("bad-cseq", Fault::BadCseq),
];

impl FromStr for Fault {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        NAMES.iter().find(|(known, _)| *known == name).map(|(_, fault)| *fault).ok_or_else(|| {
            format!(
                "no fault is called {name}; there are {}",
                NAMES.map(|(known, _)| known).join(", ")
            )
        })
    }
}

/// Sets the switch of the Synthflow end itself, if that is where the fault sits.
pub(crate) fn configure(fault: Option<Fault>, mut synthflow: SynthflowConfig) -> SynthflowConfig {
    match fault {
        Some(Fault::NoAudioB) => synthflow.audio = synthflow.audio.silent(),
        Some(Fault::Far486) => synthflow.answering = Answering::Reject(486),
        Some(Fault::BadCseq) => synthflow.reuse_cseq = true,
        _ => {}
    }
    synthflow
}

/// The link of the Five9 end.
pub(crate) fn five9_link(fault: Option<Fault>, end: Five9) -> Faulty<Five9> {
    match fault {
        Some(Fault::DropBye) => Faulty::new(end).both(LinkFault::DropRequests(Method::BYE)),
        _ => Faulty::new(end),
    }
}

/// The link of the Synthflow end.
pub(crate) fn synthflow_link(fault: Option<Fault>, end: Synthflow) -> Faulty<Synthflow> {
    let end = Faulty::new(end);
    match fault {
        Some(Fault::DropBye) => end.both(LinkFault::DropRequests(Method::BYE)),
        Some(Fault::NoXEi) => end.incoming(LinkFault::StripHeaders(String::from("X-"))),
        Some(Fault::LoseHandback) => end.outgoing(LinkFault::StripHeaders(String::from("X-Route"))),
        _ => end,
    }
}
