//! Reads `[media]`.

use std::ops::RangeInclusive;

use crate::MediaPorts;
use crate::from_toml::table::Table;

pub(crate) fn read(mut table: Table<'_, '_>) -> MediaPorts {
    let bind = table.string("bind");
    if bind.is_none() && !table.has("bind") {
        table.missing("bind", "write the local address, as bind = \"0.0.0.0\"");
    }
    let mut ports = None;
    match table.string("ports") {
        Some(text) => {
            ports = range(text.text);
            if ports.is_none() {
                let remedy = "write the first and the last port, as \"20000-29999\"";
                table.unreadable("ports", &text, "not a range of ports", remedy);
            }
        }
        None if !table.has("ports") => {
            table.missing("ports", "write a range, as ports = \"20000-29999\"");
        }
        None => {}
    }
    let advertise = table.string("advertise");
    table.finish();
    // What is missing was told; the rest is judged as if something good stood there.
    let ports = ports.unwrap_or(20_000..=29_999);
    let mut media = MediaPorts::range(bind.map_or("127.0.0.1", |bind| bind.text), ports);
    if let Some(advertise) = advertise {
        media = media.advertise(advertise.text);
    }
    media
}

/// Reads `first-last`.
fn range(text: &str) -> Option<RangeInclusive<u16>> {
    let (first, last) = text.split_once('-')?;
    Some(first.trim().parse().ok()?..=last.trim().parse().ok()?)
}
