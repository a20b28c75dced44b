//! What Synthflow is, as data. Rows cite the project's sheet of Synthflow facts: section, row, date.

use siptrunk_message::Transport;

use crate::{Profile, Trunk};

/// The header of Synthflow's tokens. Facts section 4a, "Shape", 2026.
pub(crate) const X_EI: &str = "X-EI";

/// The domain all hosts of Synthflow lie in. Facts section 1, "Global SIP host" and below, 2026-08.
pub(crate) const DOMAIN: &str = "synthflow.ai";

/// The host of older guides. Facts section 1, "Older host": whether it still answers is unknown.
pub(crate) const OLD_HOST: &str = "sipin.synthflow.ai";

/// The port for UDP and TCP. Facts section 1, "Global SIP host", 2026-08.
pub(crate) const PORT: u16 = 32_681;

/// The port for TLS. Facts section 1, "Global SIP host", 2026-08.
pub(crate) const TLS_PORT: u16 = 32_682;

/// A region of Synthflow: that of the workspace, and no other one answers for it.
///
/// Facts section 1, "Number of regions", 2026-08.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Region {
    /// Workspaces without a region of their own.
    Global,
    /// United States.
    Us,
    /// European Union.
    Eu,
}

impl Region {
    /// All regions.
    pub const ALL: [Self; 3] = [Self::Global, Self::Us, Self::Eu];

    /// The month the address lists were read. They changed before: facts section 1, "Do addresses
    /// change?", 2026-11-24.
    pub const NETWORKS_AS_OF: &'static str = "2026-11";

    /// The UDP ports of media. Facts section 1, "Media ports", 2026-08.
    pub const MEDIA_PORTS: std::ops::RangeInclusive<u16> = 10_000..=60_000;

    /// As configuration files write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::Us => "us",
            Self::Eu => "eu",
        }
    }

    /// The host to send to. Facts section 1, "Global SIP host", "US SIP host", "EU SIP host",
    /// 2026-08.
    pub const fn host(self) -> &'static str {
        match self {
            Self::Global => "sip.synthflow.ai",
            Self::Us => "sip.us.synthflow.ai",
            Self::Eu => "sip.eu.synthflow.ai",
        }
    }

    /// The port to send to. Facts section 1, "Global SIP host", 2026-08.
    pub const fn port(self, transport: Transport) -> u16 {
        match transport {
            Transport::Udp | Transport::Tcp => PORT,
            Transport::Tls => TLS_PORT,
        }
    }

    /// Where signalling comes from. Facts section 1, "Signalling and media addresses": Global as of
    /// 2026-08, US and EU from the list before. One address of the US list, 4.138.180.50, looks
    /// misprinted and is left out.
    pub const fn signalling_addresses(self) -> &'static [[u8; 4]] {
        match self {
            Self::Global => {
                &[[34, 138, 86, 8], [34, 75, 151, 191], [34, 23, 45, 239], [35, 231, 28, 238]]
            }
            Self::Us => &[[35, 237, 42, 43], [34, 139, 4, 161]],
            Self::Eu => &[[34, 185, 212, 150], [34, 89, 186, 33], [35, 242, 217, 198]],
        }
    }

    /// Where media comes from. Facts section 1, "Signalling and media addresses", the lists before
    /// 2026-08 (the newer ones were not to be had).
    pub const fn media_addresses(self) -> &'static [[u8; 4]] {
        match self {
            Self::Global => &[[34, 73, 190, 14], [35, 237, 117, 4], [34, 148, 74, 207]],
            Self::Us => &[[34, 74, 219, 233], [34, 73, 16, 58], [34, 74, 102, 178]],
            Self::Eu => &[[34, 89, 251, 213], [35, 198, 108, 150], [34, 141, 20, 211]],
        }
    }

    /// The region of this host name, if it is one of the three.
    pub(crate) fn of_host(host: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|region| region.host().eq_ignore_ascii_case(host))
    }
}

/// Makes Synthflow trunks.
#[derive(Debug, Clone, Copy)]
pub struct Synthflow;

impl Synthflow {
    /// A trunk to this region of Synthflow, named `synthflow`, over UDP.
    ///
    /// Facts section 2, "Modes", 2026-08: by address, or by digest with [`Trunk::outbound`].
    pub fn region(region: Region) -> Trunk {
        Trunk::new("synthflow", Profile::Synthflow(region))
    }
}
