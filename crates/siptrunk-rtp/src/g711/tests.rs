use super::*;

/// The decision values of ITU-T G.711 table 2a, mu-law: one interval of 1, fifteen of 2, and
/// sixteen each of 4, 8, ... 256, up to 8159.
fn ulaw_decisions() -> Vec<u16> {
    let widths = [(1, 1), (15, 2), (16, 4), (16, 8), (16, 16), (16, 32), (16, 64), (16, 128)]
        .into_iter()
        .chain([(16, 256)]);
    decisions(widths)
}

/// The decision values of ITU-T G.711 table 1a, A-law: thirty-two intervals of 2, and sixteen
/// each of 4, 8, ... 128, up to 4096.
fn alaw_decisions() -> Vec<u16> {
    let widths = [(32, 2), (16, 4), (16, 8), (16, 16), (16, 32), (16, 64)].into_iter();
    decisions(widths.chain([(16, 128)]))
}

fn decisions(widths: impl Iterator<Item = (usize, u16)>) -> Vec<u16> {
    let mut values = vec![0];
    for (count, width) in widths {
        for _ in 0..count {
            values.push(values.last().unwrap() + width);
        }
    }
    values
}

/// The interval that a magnitude falls into; the last takes all above.
fn interval(decisions: &[u16], magnitude: u16) -> u8 {
    let above = decisions.partition_point(|decision| *decision <= magnitude);
    u8::try_from((above - 1).min(127)).unwrap()
}

#[test]
fn the_tables_of_the_oracle_end_where_the_standard_says() {
    let (ulaw, alaw) = (ulaw_decisions(), alaw_decisions());
    assert_eq!((ulaw.len(), ulaw[128]), (129, 8159));
    assert_eq!([ulaw[16], ulaw[32], ulaw[48], ulaw[112]], [31, 95, 223, 4063]);
    assert_eq!((alaw.len(), alaw[128]), (129, 4096));
    assert_eq!([alaw[32], alaw[48], alaw[112]], [64, 128, 2048]);
}

#[test]
fn every_sample_gets_the_interval_of_the_standard() {
    let (ulaw, alaw) = (ulaw_decisions(), alaw_decisions());
    for sample in i16::MIN..=i16::MAX {
        let (sign, magnitude) = if sample < 0 { (0, !sample) } else { (0x80, sample) };
        let magnitude = magnitude.cast_unsigned();
        let ulaw_code = sign | (0x7f - interval(&ulaw, magnitude >> 2));
        assert_eq!(ulaw_encode(sample), ulaw_code, "mu-law {sample}");
        let alaw_code = (sign | interval(&alaw, magnitude >> 3)) ^ 0x55;
        assert_eq!(alaw_encode(sample), alaw_code, "A-law {sample}");
    }
}

#[test]
fn every_octet_decodes_to_the_middle_of_its_interval() {
    let (ulaw, alaw) = (ulaw_decisions(), alaw_decisions());
    let middle =
        |decisions: &[u16], n: usize| u16::midpoint(decisions[n], decisions[n + 1]).cast_signed();
    for n in 0..128_u8 {
        let index = usize::from(n);
        // The innermost mu-law interval is around zero: its value is 0.
        let value = if n == 0 { 0 } else { middle(&ulaw, index) * 4 };
        assert_eq!(ulaw_decode(0x80 | (0x7f - n)), value, "mu-law {n}");
        assert_eq!(ulaw_decode(0x7f - n), -value, "mu-law -{n}");
        let value = middle(&alaw, index) * 8;
        assert_eq!(alaw_decode((0x80 | n) ^ 0x55), value, "A-law {n}");
        assert_eq!(alaw_decode(n ^ 0x55), -value, "A-law -{n}");
    }
}

#[test]
fn anchors_that_every_implementation_shares() {
    for (sample, ulaw, alaw) in [
        (0, 0xff, 0xd5),
        (-1, 0x7f, 0x55),
        (i16::MAX, 0x80, 0xaa),
        (i16::MIN, 0x00, 0x2a),
        (1000, 0xce, 0xfa),
        (-1000, 0x4e, 0x7a),
    ] {
        assert_eq!(ulaw_encode(sample), ulaw, "mu-law {sample}");
        assert_eq!(alaw_encode(sample), alaw, "A-law {sample}");
    }
    assert_eq!((ulaw_decode(0x80), ulaw_decode(0x00)), (32_124, -32_124));
    assert_eq!((alaw_decode(0xaa), alaw_decode(0x2a)), (32_256, -32_256));
    assert_eq!((ulaw_encode(0), alaw_encode(0)), (ULAW_SILENCE, ALAW_SILENCE));
    assert_eq!(ulaw_decode(ULAW_SILENCE), 0);
}

/// The 1 kHz tone at 0 dBm0 that tables 5 and 6 of the standard spell out, octet by octet.
#[test]
fn the_digital_milliwatt_is_a_sine_of_the_right_level() {
    let ulaw = [0x1e, 0x0b, 0x0b, 0x1e, 0x9e, 0x8b, 0x8b, 0x9e].map(ulaw_decode);
    let alaw = [0x34, 0x21, 0x21, 0x34, 0xb4, 0xa1, 0xa1, 0xb4].map(alaw_decode);
    // The standard puts a full-scale sine 3.17 dB (mu-law) and 3.14 dB (A-law) over 0 dBm0.
    for (samples, full_scale, centibels) in [(ulaw, 32_636.0, 317.0), (alaw, 32_768.0, 314.0)] {
        let power: f64 = samples.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / 8.0;
        let peak = (2.0 * power).sqrt();
        let below: f64 = 2000.0 * (full_scale / peak).log10();
        assert!((below - centibels).abs() < 5.0, "{below}, not {centibels}");
        assert_eq!(samples[..4].iter().map(|s| -s).collect::<Vec<_>>(), samples[4..]);
    }
}

#[test]
fn octets_survive_the_way_to_linear_and_back() {
    for octet in 0..=u8::MAX {
        // Mu-law has two zeros; the negative one comes back as the positive.
        let expected = if octet == 0x7f { 0xff } else { octet };
        assert_eq!(ulaw_encode(ulaw_decode(octet)), expected);
        assert_eq!(alaw_encode(alaw_decode(octet)), octet);
    }
}

#[test]
fn slices_convert_what_fits_both() {
    let samples = [0, 1000, -1000, i16::MAX];
    let mut octets = [9; 3];
    assert_eq!(ulaw_encode_slice(&samples, &mut octets), 3);
    assert_eq!(octets, [0xff, 0xce, 0x4e]);
    let mut back = [7; 4];
    assert_eq!(ulaw_decode_slice(&octets, &mut back), 3);
    assert_eq!(back, [0, 988, -988, 7]);
    assert_eq!(alaw_encode_slice(&samples, &mut octets), 3);
    assert_eq!(octets, [0xd5, 0xfa, 0x7a]);
    assert_eq!(alaw_decode_slice(&octets, &mut back[..2]), 2);
    assert_eq!(back, [8, 1008, -988, 7]);
    assert_eq!(alaw_encode_slice(&[], &mut octets), 0);
}
