//! RTP packets of 172 octets protected and unprotected in place, sequence numbers going on; beside a memcpy of one.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use siptrunk_benches::limits::{RTP_LENGTH, rtp_packet};
use siptrunk_rtp::srtp::{Config, MasterKey, Profile, Protector, Unprotector};

/// The longest tag.
const TAG: usize = 16;

type Buffer = [u8; RTP_LENGTH + TAG];

const PROFILES: [(&str, Profile, usize); 2] = [
    ("siptrunk", Profile::AesCm128HmacSha1_80, 30),
    ("siptrunk-gcm-128", Profile::AeadAes128Gcm, 28),
];

/// Packets one after the other.
fn packets() -> impl FnMut() -> Buffer {
    let mut sequence = u16::MAX;
    move || {
        sequence = sequence.wrapping_add(1);
        let mut buffer = [0; RTP_LENGTH + TAG];
        buffer[..RTP_LENGTH].copy_from_slice(&rtp_packet(sequence));
        buffer
    }
}

fn protect(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("srtp_protect");
    let mut out = [0; RTP_LENGTH];
    let packet = rtp_packet(0);
    group.bench_function("memcpy", |bencher| {
        bencher.iter(|| black_box(&mut out).copy_from_slice(black_box(&packet)));
    });
    for (name, profile, octets) in PROFILES {
        let key = MasterKey::new(profile, &[7; 30][..octets]).expect("key and salt");
        // Criterion calls the closure again and again: the stream goes on through all of them.
        let mut protector = Protector::new(&key, &Config::default());
        let mut next = packets();
        group.bench_function(name, |bencher| {
            let protect = |mut buffer: Buffer| {
                let length = protector.protect_rtp(black_box(&mut buffer), RTP_LENGTH);
                (length.expect("it fits"), buffer)
            };
            bencher.iter_batched(&mut next, protect, BatchSize::SmallInput);
        });
    }
    group.finish();
}

fn unprotect(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("srtp_unprotect");
    for (name, profile, octets) in PROFILES {
        let key = MasterKey::new(profile, &[7; 30][..octets]).expect("key and salt");
        group.bench_function(name, |bencher| {
            let mut protector = Protector::new(&key, &Config::default());
            let mut unprotector = Unprotector::new(&key, &Config::default());
            let mut next = packets();
            let prepare = || {
                let mut buffer = next();
                let length = protector.protect_rtp(&mut buffer, RTP_LENGTH).expect("it fits");
                (buffer, length)
            };
            let unprotect = |(mut buffer, length): (Buffer, usize)| {
                let length = unprotector.unprotect_rtp(black_box(&mut buffer[..length]));
                (length.expect("it is authentic"), buffer)
            };
            bencher.iter_batched(prepare, unprotect, BatchSize::SmallInput);
        });
    }
    group.finish();
}

criterion_group!(benches, protect, unprotect);
criterion_main!(benches);
