//! What the tests share: keys, both ends, packets, and noise that is the same in each run.

use siptrunk_rtp::srtp::{Config, MasterKey, Profile, Protector, SrtpError, Unprotector};
use siptrunk_rtp::{PacketBuilder, Sequence};

pub(crate) const SSRC: u32 = 0x5eed_0001;

/// A key of octets that all differ.
pub(crate) fn key(profile: Profile) -> MasterKey {
    let length = profile.key_length() + profile.salt_length();
    let octets: Vec<u8> = (1..=length).map(|octet| u8::try_from(octet * 5).unwrap()).collect();
    MasterKey::new(profile, &octets).unwrap()
}

pub(crate) fn ends(key: &MasterKey) -> (Protector, Unprotector) {
    (Protector::new(key, &Config::default()), Unprotector::new(key, &Config::default()))
}

/// 20 ms of G.711 whose samples tell the packet.
pub(crate) fn rtp(ssrc: u32, sequence: u16) -> Vec<u8> {
    let header = PacketBuilder { sequence: Sequence(sequence), ssrc, ..Default::default() };
    let mut packet = vec![0; 172];
    let [high, low] = sequence.to_be_bytes();
    header.write_into(&mut packet, &[[high, low]; 80].concat()).unwrap();
    packet
}

/// A receiver report without blocks, followed by an APP packet of eight octets of data.
pub(crate) fn rtcp(ssrc: u32) -> Vec<u8> {
    let ssrc = ssrc.to_be_bytes();
    [&[0x80, 201, 0, 1], &ssrc[..], &[0x80, 204, 0, 4], &ssrc, b"test", &[7; 8]].concat()
}

pub(crate) fn protect_rtp(sender: &mut Protector, packet: &[u8]) -> Result<Vec<u8>, SrtpError> {
    let mut buffer = packet.to_vec();
    buffer.resize(packet.len() + sender.rtp_overhead(), 0);
    let length = sender.protect_rtp(&mut buffer, packet.len())?;
    assert_eq!(length, buffer.len());
    Ok(buffer)
}

pub(crate) fn protect_rtcp(sender: &mut Protector, packet: &[u8]) -> Result<Vec<u8>, SrtpError> {
    let mut buffer = packet.to_vec();
    buffer.resize(packet.len() + sender.rtcp_overhead(), 0);
    let length = sender.protect_rtcp(&mut buffer, packet.len())?;
    assert_eq!(length, buffer.len());
    Ok(buffer)
}

/// The packet if it is accepted. If it is not, no octet of it may have changed.
pub(crate) fn unprotect_rtp(
    receiver: &mut Unprotector,
    packet: &[u8],
) -> Result<Vec<u8>, SrtpError> {
    finish(packet, |octets| receiver.unprotect_rtp(octets))
}

pub(crate) fn unprotect_rtcp(
    receiver: &mut Unprotector,
    packet: &[u8],
) -> Result<Vec<u8>, SrtpError> {
    finish(packet, |octets| receiver.unprotect_rtcp(octets))
}

fn finish(
    packet: &[u8],
    unprotect: impl FnOnce(&mut [u8]) -> Result<usize, SrtpError>,
) -> Result<Vec<u8>, SrtpError> {
    let mut octets = packet.to_vec();
    match unprotect(&mut octets) {
        Ok(length) => {
            octets.truncate(length);
            Ok(octets)
        }
        Err(error) => {
            assert_eq!(octets, packet, "a refused packet stays as it is");
            Err(error)
        }
    }
}

/// Marsaglia's xorshift: noise that needs no crate and is the same in each run.
pub(crate) struct Noise(pub(crate) u64);

impl Noise {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() >> 16).unwrap() % limit
    }

    pub(crate) fn octets(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.next().to_be_bytes()[3]).collect()
    }
}

pub(crate) fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().map(|digit| digit.to_digit(16).unwrap()).collect();
    digits.chunks(2).map(|pair| u8::try_from(pair[0] << 4 | pair[1]).unwrap()).collect()
}
