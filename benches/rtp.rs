//! RTP packets of 172 octets: read and write; beside the least that a reader and a writer can do.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use siptrunk_benches::limits::{self, RTP, RTP_LENGTH, rtp_packet};
use siptrunk_rtp::{Packet, PacketBuilder, RtpError, Sequence, Timestamp, g711};

fn read(packet: &[u8]) -> Result<(u8, u16, u32, u32, usize), RtpError> {
    let packet = Packet::parse(packet)?;
    let (sequence, timestamp) = (packet.sequence().0, packet.timestamp().0);
    Ok((packet.payload_type(), sequence, timestamp, packet.ssrc(), packet.payload().len()))
}

fn packets(criterion: &mut Criterion) {
    let packet = rtp_packet(RTP.sequence);
    let mut group = criterion.benchmark_group("rtp_parse");
    group.bench_function("minimum", |bencher| {
        bencher.iter(|| limits::rtp_read(black_box(&packet)));
    });
    group.bench_function("siptrunk", |bencher| bencher.iter(|| read(black_box(&packet))));
    group.finish();

    let mut group = criterion.benchmark_group("rtp_build");
    let payload = [0xd5; 160];
    let mut out = [0; RTP_LENGTH];
    group.bench_function("minimum", |bencher| {
        bencher.iter(|| {
            limits::rtp_write(black_box(&mut out), black_box(RTP.sequence), black_box(&payload));
        });
    });
    group.bench_function("siptrunk", |bencher| {
        bencher.iter(|| {
            let header = PacketBuilder {
                payload_type: RTP.payload_type,
                marker: false,
                sequence: Sequence(black_box(RTP.sequence)),
                timestamp: Timestamp(RTP.timestamp),
                ssrc: RTP.ssrc,
            };
            header.write_into(black_box(&mut out), black_box(&payload)).is_ok()
        });
    });
    group.finish();

    let mut group = criterion.benchmark_group("g711");
    group.bench_function("siptrunk-decode-160", |bencher| {
        bencher.iter(|| black_box(payload).map(g711::ulaw_decode));
    });
    let samples = payload.map(g711::ulaw_decode);
    group.bench_function("siptrunk-encode-160", |bencher| {
        bencher.iter(|| black_box(samples).map(g711::ulaw_encode));
    });
    group.finish();
}

criterion_group!(benches, packets);
criterion_main!(benches);
