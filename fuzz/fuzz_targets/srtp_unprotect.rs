//! Anything as SRTP and SRTCP: what is refused changes nothing; what we protect comes back once, and not with a bit changed.
#![no_main]

use siptrunk_rtp::srtp::{Config, MasterKey, Profile, Protector, SrtpError, Unprotector};

type Open = fn(&mut Unprotector, &mut [u8]) -> Result<usize, SrtpError>;
type Close = fn(&mut Protector, &mut [u8], usize) -> Result<usize, SrtpError>;

const RTP: (Open, Close) = (Unprotector::unprotect_rtp, Protector::protect_rtp);
const RTCP: (Open, Close) = (Unprotector::unprotect_rtcp, Protector::protect_rtcp);

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let [choice, flip, data @ ..] = data else { return };
    let profile = Profile::ALL[usize::from(*choice) % Profile::ALL.len()];
    let octets = [7; 46];
    let key_and_salt = &octets[..profile.key_length() + profile.salt_length()];
    let mut key = MasterKey::new(profile, key_and_salt).expect("as long as it has to be");
    if choice & 0x40 != 0 {
        key = key.with_mki(&[1, 2]).expect("as long as it may be");
    }
    let (open, close) = if choice & 0x80 == 0 { RTP } else { RTCP };
    arbitrary(&key, open, data);
    protected(&key, open, close, data, usize::from(*flip));
});

fn arbitrary(key: &MasterKey, open: Open, data: &[u8]) {
    let mut receiver = Unprotector::new(key, &Config::default());
    let mut packet = data.to_vec();
    match open(&mut receiver, &mut packet) {
        Ok(length) => assert!(length < data.len(), "a tag has gone"),
        Err(error) => {
            assert!(!error.to_string().is_empty());
            assert_eq!(packet, data);
            assert_eq!(
                receiver.positions().len(),
                0,
                "nothing is kept of a packet that proves nothing"
            );
        }
    }
}

fn protected(key: &MasterKey, open: Open, close: Close, data: &[u8], flip: usize) {
    let mut sender = Protector::new(key, &Config::default());
    let room = sender.rtp_overhead().max(sender.rtcp_overhead());
    let mut packet = [data, &vec![0; room][..]].concat();
    let Ok(length) = close(&mut sender, &mut packet, data.len()) else {
        assert_eq!(packet[..data.len()], *data);
        return;
    };
    packet.truncate(length);
    let mut receiver = Unprotector::new(key, &Config::default());

    // A tag of 32 bits is guessed once in four thousand million times: fuzzers get that far.
    if !key.profile().name().ends_with("32") {
        let mut changed = packet.clone();
        let bit = flip * 131 % (length * 8);
        changed[bit / 8] ^= 1 << (bit % 8);
        let before = changed.clone();
        assert!(open(&mut receiver, &mut changed).is_err(), "bit {bit} does not count");
        assert_eq!((changed, receiver.positions().len()), (before, 0));
    }

    let mut opened = packet.clone();
    assert_eq!(open(&mut receiver, &mut opened), Ok(data.len()));
    assert_eq!(opened[..data.len()], *data);
    assert!(matches!(open(&mut receiver, &mut packet), Err(SrtpError::Replayed { .. })));
}
