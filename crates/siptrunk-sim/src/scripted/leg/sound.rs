//! What a leg says about its media, and what comes of what the other end says.

use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use siptrunk_sdp::{
    CodecName, Origin, SessionDescription,
    offer_answer::{self, CodecPolicy, LocalMedia},
};
use siptrunk_transaction::Rng;

use crate::{audio::AudioPlan, scripted::CallMedia};

/// The media of a leg, as its script has it.
#[derive(Clone, Debug)]
pub(crate) struct Sound {
    pub(crate) rtp: SocketAddr,
    /// Another address to tell than the one that media comes to.
    pub(crate) told: Option<IpAddr>,
    pub(crate) codecs: CodecPolicy,
    /// Answers telephone-event under this number instead of the offered one.
    pub(crate) telephone_event: Option<u8>,
    pub(crate) audio: AudioPlan,
    /// Digits to press once the audio is said.
    pub(crate) digits: String,
    /// The number in the origin line.
    pub(crate) session: u64,
    /// The version in the origin line.
    pub(crate) version: u64,
    /// Takes a new offer within the call.
    pub(crate) takes_reoffers: bool,
}

impl Sound {
    /// Does not know telephone-event at all.
    pub(crate) fn without_events(mut self) -> Self {
        self.codecs.codecs.retain(|codec| *codec != CodecName::TelephoneEvent);
        self.digits.clear();
        self
    }

    /// An offer of our own.
    pub(super) fn offer(&self) -> SessionDescription {
        let local = self.local();
        let origin = Origin::new(self.session, self.version, local.address);
        offer_answer::offer(&self.codecs, &local, &origin)
    }

    /// The answer to an offer, and the media that comes of it.
    ///
    /// # Errors
    ///
    /// Why there is none.
    pub(super) fn answer(&self, offer: &[u8], rng: &mut Rng) -> Result<(Bytes, CallMedia), String> {
        let offer = SessionDescription::parse(offer).map_err(|error| error.to_string())?;
        let local = self.local();
        let origin = Origin::new(self.session, self.version, local.address);
        let agreed = offer_answer::answer(&offer, &self.codecs, &local, &origin)
            .map_err(|error| error.to_string())?;
        let bytes = agreed.description.to_bytes();
        let events = agreed.audio.codecs.iter().find(|codec| codec.is_telephone_event());
        let offered = events.map(|codec| codec.payload_type);
        let media = CallMedia::new(self.audio, &self.digits, &agreed, self.telephone_event, rng)?;
        let bytes = match (offered, self.telephone_event) {
            (Some(from), Some(to)) => renumbered(&bytes, from, to),
            _ => bytes,
        };
        Ok((bytes, media))
    }

    /// The media that comes of the answer to an offer of ours.
    ///
    /// # Errors
    ///
    /// Why there is none.
    pub(super) fn accept(
        &self,
        offer: &SessionDescription,
        answer: &[u8],
        rng: &mut Rng,
    ) -> Result<CallMedia, String> {
        let answer = SessionDescription::parse(answer).map_err(|error| error.to_string())?;
        let agreed = offer_answer::accept(offer, &answer).map_err(|error| error.to_string())?;
        CallMedia::new(self.audio, &self.digits, &agreed, None, rng)
    }

    fn local(&self) -> LocalMedia {
        let address = self.told.unwrap_or_else(|| self.rtp.ip());
        LocalMedia { address, port: self.rtp.port() }
    }
}

/// An audio description with a payload number replaced, in its `m=`, `rtpmap` and `fmtp` lines.
fn renumbered(description: &[u8], from: u8, to: u8) -> Bytes {
    let text = String::from_utf8_lossy(description);
    let (from, to) = (from.to_string(), to.to_string());
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive("\r\n") {
        let (content, end) = line.strip_suffix("\r\n").map_or((line, ""), |line| (line, "\r\n"));
        if content.starts_with("m=") {
            // Kind, port and protocol come before the numbers.
            let words: Vec<&str> = content
                .split(' ')
                .enumerate()
                .map(|(at, word)| if at > 2 && word == from { to.as_str() } else { word })
                .collect();
            out.push_str(&words.join(" "));
        } else {
            let renamed = ["a=rtpmap:", "a=fmtp:"].iter().find_map(|name| {
                let rest = content.strip_prefix(name)?.strip_prefix(&from)?;
                rest.starts_with(' ').then(|| format!("{name}{to}{rest}"))
            });
            out.push_str(renamed.as_deref().unwrap_or(content));
        }
        out.push_str(end);
    }
    Bytes::from(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_number_is_replaced_where_it_is_one() {
        let sdp = b"m=audio 101 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 \
            telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:101\r\n";
        let expected: &[u8] = b"m=audio 101 RTP/AVP 0 96\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:96 \
            telephone-event/8000\r\na=fmtp:96 0-15\r\na=ptime:101\r\n";
        assert_eq!(renumbered(sdp, 101, 96), expected);
    }
}
