//! An offer of our own (RFC 3264 section 5).

use super::codecs;
use super::party::Party;
use super::policy::{CodecPolicy, LocalMedia, SrtpPolicy, Transport};
use crate::attribute::SrtpKey;
use crate::origin::Origin;
use crate::session::SessionDescription;
use crate::write::{AudioLines, Writer};

/// Offers, as a [`Party`], one plain audio stream with the policy's codecs in its order, both ways.
pub fn offer(policy: &CodecPolicy, local: &LocalMedia, origin: &Origin<'_>) -> SessionDescription {
    Party::new(policy, local, origin).offer()
}

impl Party<'_> {
    /// Offers an audio stream at each of our places, with our codecs in our order.
    ///
    /// Under [`SrtpMode::Preferred`](super::SrtpMode) each stream stands twice, secure and then
    /// plain, at one port, as the phones do that know this: one of the two is to be refused.
    pub fn offer(mut self) -> SessionDescription {
        let srtp = self.srtp_policy();
        let codecs = codecs::offered(self.codecs);
        let mut writer = Writer::new();
        writer.session(self.origin, self.first().address);
        for local in self.places() {
            self.write_offered(
                &mut writer,
                &srtp,
                &AudioLines {
                    transport: Transport::Plain,
                    local,
                    codecs: &codecs,
                    keys: &[],
                    ptime: self.codecs.ptime,
                    maxptime: None,
                    rtcp_mux: self.rtcp_mux,
                    direction: self.direction,
                },
            );
        }
        writer.finish()
    }

    /// Writes a stream once for each transport that the policy has, the secure one with a key of
    /// its own for each suite.
    pub(super) fn write_offered(
        &mut self,
        writer: &mut Writer,
        srtp: &SrtpPolicy,
        lines: &AudioLines<'_>,
    ) {
        for transport in srtp.transports() {
            let keys: Vec<SrtpKey> = match transport {
                Transport::Secure => {
                    srtp.suites.iter().filter_map(|suite| self.new_key(*suite)).collect()
                }
                Transport::Plain => Vec::new(),
            };
            let keys: Vec<(u32, &SrtpKey)> = (1..).zip(&keys).collect();
            writer.audio(&AudioLines { transport, keys: &keys, ..*lines });
        }
    }
}
