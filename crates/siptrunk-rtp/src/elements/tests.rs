use proptest::prelude::*;

use super::*;

const TWO: ElementForm = ElementForm::TwoByte { app_bits: 0 };

fn read(profile: u16, data: &[u8]) -> Result<Vec<(u8, Vec<u8>)>, ElementError> {
    let elements = Elements::parse(Extension { profile, data })?;
    Ok(elements.iter().map(|element| (element.id, element.data.to_vec())).collect())
}

/// The figure of section 4.2, with 1, 2, 3 for the identifiers and letters for the data.
#[test]
fn the_one_byte_example_of_the_rfc() {
    let data = [0x10, b'a', 0x21, b'b', b'c', 0, 0, 0x33, b'd', b'e', b'f', b'g'];
    let elements = [(1, b"a".to_vec()), (2, b"bc".to_vec()), (3, b"defg".to_vec())];
    assert_eq!(read(0xbede, &data), Ok(elements.to_vec()));
}

/// The figure of section 4.3.
#[test]
fn the_two_byte_example_of_the_rfc() {
    let data = [1, 0, 2, 1, b'a', 0, 3, 4, b'b', b'c', b'd', b'e'];
    let elements = [(1, vec![]), (2, b"a".to_vec()), (3, b"bcde".to_vec())];
    assert_eq!(read(0x1000, &data), Ok(elements.to_vec()));
}

#[test]
fn profiles_other_than_the_two_are_not_elements() {
    for profile in 0..=u16::MAX {
        let form = match profile {
            0xbede => Some(ElementForm::OneByte),
            0x1000..=0x100f => {
                let app_bits = u8::try_from(profile & 0xf).unwrap();
                Some(ElementForm::TwoByte { app_bits })
            }
            _ => None,
        };
        let elements = Elements::parse(Extension { profile, data: &[] });
        match form {
            Some(form) => {
                assert_eq!(elements.unwrap().form(), form);
                assert_eq!(form.profile(), profile);
            }
            None => assert_eq!(elements, Err(ElementError::Profile { profile })),
        }
    }
}

/// Section 4.2 for 15, section 4.1.2 for 0 with a length: what stands before them counts.
#[test]
fn reserved_identifiers_end_the_one_byte_form() {
    for stop in [0xf0, 0xff, 0x01, 0x0f] {
        let data = [0x10, b'a', stop, b'b', 0x20, b'c', 0, 0];
        assert_eq!(read(0xbede, &data), Ok(vec![(1, b"a".to_vec())]), "{stop:#x}");
    }
    let all_padding = [0; 8];
    assert_eq!(read(0xbede, &all_padding), Ok(vec![]));
    assert_eq!(read(0x1000, &all_padding), Ok(vec![]));
    assert_eq!(read(0x1000, &[15, 1, b'a', 0]), Ok(vec![(15, b"a".to_vec())]));
}

#[test]
fn an_element_longer_than_the_extension_is_an_error() {
    let error = |offset, id, needed, available| {
        Err(ElementError::Truncated { offset, id, needed, available })
    };
    assert_eq!(read(0xbede, &[0, 0x12, b'a', b'b']), error(1, 1, 4, 3));
    assert_eq!(read(0xbede, &[0x12, b'a', b'b', b'c']), Ok(vec![(1, b"abc".to_vec())]));
    assert_eq!(read(0xbede, &[0x10, b'a', 0, 0x20]), error(3, 2, 2, 1));
    assert_eq!(read(0x1000, &[7, 3, b'a', b'b']), error(0, 7, 5, 4));
    assert_eq!(read(0x1000, &[7, 1, b'a', 9]), error(3, 9, 2, 1));
}

#[test]
fn what_a_form_cannot_hold_is_refused_and_leaves_nothing_behind() {
    let mut room = [0xee; 24];
    let mut writer = ElementWriter::new(ElementForm::OneByte, &mut room);
    for id in [0, 15, 16, 255] {
        assert_eq!(writer.push(id, &[1]).unwrap_err(), ElementWriteError::Id { id });
    }
    for length in [0, 17, 256] {
        let error = ElementWriteError::DataLength { id: 1, length };
        assert_eq!(writer.push(1, &vec![0; length]).unwrap_err(), error);
    }
    let error = ElementWriteError::BufferTooSmall { needed: 34, available: 24 };
    assert_eq!(writer.push(1, &[1; 16]).unwrap().push(14, &[1; 16]).unwrap_err(), error);
    assert_eq!(writer.finish().unwrap().unwrap().data.len(), 20);

    let mut writer = ElementWriter::new(TWO, &mut room);
    assert_eq!(writer.push(0, &[]).unwrap_err(), ElementWriteError::Id { id: 0 });
    let error = ElementWriteError::DataLength { id: 1, length: 256 };
    assert_eq!(writer.push(1, &[0; 256]).unwrap_err(), error);
    assert_eq!(writer.finish(), Ok(None));

    let mut odd = [0; 7];
    let mut writer = ElementWriter::new(TWO, &mut odd);
    writer.push(1, &[1, 2, 3]).unwrap();
    let error = ElementWriteError::BufferTooSmall { needed: 8, available: 7 };
    assert_eq!(writer.finish(), Err(error));
}

#[test]
fn a_two_byte_element_holds_255_octets() {
    let mut room = [0; 260];
    let mut writer = ElementWriter::new(TWO, &mut room);
    writer.push(255, &[7; 255]).unwrap();
    let extension = writer.finish().unwrap().unwrap();
    assert_eq!(extension.data.len(), 260);
    let elements = Elements::parse(extension).unwrap();
    assert_eq!((elements.find(255), elements.find(7)), (Some(&[7; 255][..]), None));
}

/// The octets of elements on end, as the figures draw them, filled up with nulls.
fn drawn(form: ElementForm, elements: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut octets = Vec::new();
    for (id, data) in elements {
        let length = u8::try_from(data.len()).unwrap();
        match form {
            ElementForm::OneByte => octets.push(id * 16 + length - 1),
            ElementForm::TwoByte { .. } => octets.extend([*id, length]),
        }
        octets.extend(data);
    }
    octets.resize(octets.len().next_multiple_of(4), 0);
    octets
}

proptest! {
    #[test]
    fn elements_are_written_as_drawn_and_read_back(
        two_byte: bool,
        app_bits in 0..16_u8,
        elements in prop::collection::vec(
            (1..15_u8, prop::collection::vec(any::<u8>(), 1..=16)),
            1..12,
        ),
    ) {
        let form =
            if two_byte { ElementForm::TwoByte { app_bits } } else { ElementForm::OneByte };
        let octets = drawn(form, &elements);
        prop_assert_eq!(read(form.profile(), &octets), Ok(elements.clone()));
        let mut room = [0xee; 256];
        let mut writer = ElementWriter::new(form, &mut room);
        for (id, data) in &elements {
            writer.push(*id, data).unwrap();
        }
        let extension = Extension { profile: form.profile(), data: &octets };
        prop_assert_eq!(writer.finish(), Ok(Some(extension)));
    }

    #[test]
    fn anything_is_read_or_refused(
        profile in prop_oneof![Just(0xbede), 0x1000..0x1010_u16],
        data in prop::collection::vec(0..40_u8, 0..60),
    ) {
        if let Ok(elements) = read(profile, &data) {
            let sum: usize = elements.iter().map(|(_, data)| data.len() + 1).sum();
            prop_assert!(sum <= data.len());
            prop_assert!(elements.iter().all(|(id, _)| *id != 0));
        }
    }
}
