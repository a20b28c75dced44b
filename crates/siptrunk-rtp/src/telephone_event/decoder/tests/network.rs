//! Digits over networks that lose, delay, double and swap packets, from many seeds.

use super::*;

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }

    fn percent(&mut self, percent: u64) -> bool {
        self.roll(100) < percent
    }
}

#[derive(Clone, Copy)]
struct Network {
    loss: u64,
    doubled: u64,
    /// Most milliseconds that a packet is delayed by, more than the network's usual delay.
    delay: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Press {
    code: u8,
    start: u32,
    duration: u32,
}

/// Presses of 120 to 250 ms with pauses of 60 to 200 ms: what people and dialers do.
fn presses(dice: &mut Dice, rate: u32) -> Vec<Press> {
    let mut start = u32::try_from(dice.roll(1 << 32)).unwrap();
    let units = |milliseconds: u64| u32::try_from(milliseconds).unwrap() * (rate / 1000);
    (0..20)
        .map(|_| {
            // Four codes, so that digits repeat.
            let code = u8::try_from(dice.roll(4)).unwrap();
            let press = Press { code, start, duration: units(120 + dice.roll(130)) };
            start = start.wrapping_add(press.duration + units(60 + dice.roll(140)));
            press
        })
        .collect()
}

/// The packets of the presses as they arrive: the millisecond, and the octets.
fn arriving(
    presses: &[Press],
    rate: u32,
    network: Network,
    dice: &mut Dice,
) -> Vec<(u64, [u8; 16])> {
    let (origin, mut sequence) = (presses[0].start, Sequence(65_500));
    let mut packets = Vec::new();
    for press in presses {
        let mut encoder = EventEncoder::new(EventCode(press.code), 10, Timestamp(press.start));
        encoder.release(Timestamp(press.start.wrapping_add(press.duration)));
        let begins = u64::from(press.start.wrapping_sub(origin)) * 1000 / u64::from(rate);
        for update in 1.. {
            encoder.handle_tick(Timestamp(press.start.wrapping_add(update * 20 * (rate / 1000))));
            while let Some(report) = encoder.poll_packet() {
                let mut packet = [0; 16];
                let header = report.header(101, sequence, 7);
                header.write_into(&mut packet, &report.payload()).unwrap();
                sequence = sequence.next();
                let copies = 1 + u32::from(dice.percent(network.doubled));
                for _ in 0..copies {
                    let arrives = begins + u64::from(update) * 20 + dice.roll(network.delay + 1);
                    if !dice.percent(network.loss) {
                        packets.push((arrives, packet));
                    }
                }
            }
            if encoder.is_finished() {
                break;
            }
        }
    }
    packets.sort_by_key(|(arrives, _)| *arrives);
    packets
}

/// What the far end hears: the events' starts with their ends.
fn heard(packets: &[(u64, [u8; 16])], rate: u32) -> Vec<(Press, bool)> {
    let mut decoder = EventDecoder::new(rate);
    let origin = Instant::now();
    let mut events = Vec::new();
    for (arrives, packet) in packets {
        let now = origin + Duration::from_millis(*arrives);
        while let Some(deadline) = decoder.poll_timeout().filter(|deadline| *deadline <= now) {
            decoder.handle_timeout(deadline);
        }
        decoder.handle_packet(now, &Packet::parse(packet).unwrap());
        events.extend(std::iter::from_fn(|| decoder.poll_event()));
    }
    decoder.handle_timeout(origin + Duration::from_secs(3600));
    events.extend(std::iter::from_fn(|| decoder.poll_event()));

    let starts = |event: &DecodedEvent| matches!(event, DecodedEvent::Started { .. });
    let ends: Vec<_> = events
        .iter()
        .filter_map(|event| match *event {
            DecodedEvent::Ended { code, timestamp, duration, reported } => {
                Some((Press { code: code.0, start: timestamp.0, duration }, reported))
            }
            DecodedEvent::Started { .. } => None,
        })
        .collect();
    assert_eq!(ends.len() * 2, events.len(), "as many ends as starts");
    for (index, event) in events.iter().enumerate().filter(|(_, event)| starts(event)) {
        let DecodedEvent::Started { code, timestamp, .. } = *event else { unreachable!() };
        let end = |event: &DecodedEvent| {
            matches!(event, DecodedEvent::Ended { code: c, timestamp: t, .. }
                if (*c, *t) == (code, timestamp))
        };
        assert_eq!(events[index..].iter().filter(|event| end(event)).count(), 1);
    }
    ends
}

/// Every press is heard once, from `seeds` seeds of 20 presses each.
fn try_out(rate: u32, network: Network, seeds: std::ops::Range<u64>) {
    for seed in seeds {
        let mut dice = Dice(seed);
        let presses = presses(&mut dice, rate);
        let packets = arriving(&presses, rate, network, &mut dice);
        let mut heard = heard(&packets, rate);
        if network.delay > 60 {
            // Packets may pass those of the next press.
            heard.sort_by_key(|(press, _)| press.start.wrapping_sub(presses[0].start));
        }
        let codes = |presses: &[Press]| {
            presses.iter().map(|press| (press.code, press.start)).collect::<Vec<_>>()
        };
        let all: Vec<_> = heard.iter().map(|(press, _)| *press).collect();
        assert_eq!(codes(&all), codes(&presses), "seed {seed} at {rate} Hz");
        for ((heard, reported), press) in heard.iter().zip(&presses) {
            assert!(heard.duration <= press.duration, "seed {seed}");
            assert!(!reported || heard.duration == press.duration, "seed {seed}");
        }
    }
}

#[test]
fn loss_of_20_percent_loses_no_digit_and_doubles_none() {
    for rate in [8000, 16_000, 48_000] {
        try_out(rate, Network { loss: 20, doubled: 0, delay: 0 }, 0..500);
    }
}

#[test]
fn doubled_and_swapped_packets_double_no_digit() {
    try_out(8000, Network { loss: 0, doubled: 100, delay: 60 }, 0..300);
    try_out(48_000, Network { loss: 20, doubled: 30, delay: 60 }, 0..300);
}

#[test]
fn packets_that_pass_those_of_the_next_digit_lose_and_double_none() {
    try_out(8000, Network { loss: 20, doubled: 30, delay: 140 }, 0..300);
}
