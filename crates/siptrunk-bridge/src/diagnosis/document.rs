//! The table of troubles as a page: `docs/troubleshooting.md` is this text.

use std::fmt::Write;

use super::table::TABLE;

const HEAD: &str = "# Troubleshooting

What is seen, on which leg and with which SIP status, why it likely is so, and what to do about it in the
screens of the provider at the far end. Every `CallFailure` of `siptrunk-bridge` belongs to one of these rows;
its record and `verify` print the same words. This page is written by `siptrunk::bridge::troubleshooting()`:
change the table in `crates/siptrunk-bridge/src/diagnosis/table/`, not the page.

What the live services answer in each case was not tried: neither was within reach.

| what is seen | row | leg | status | at | likely cause | what to do |
| --- | --- | --- | --- | --- | --- | --- |
";

/// The page `docs/troubleshooting.md`.
pub fn troubleshooting() -> String {
    let mut page = String::from(HEAD);
    for row in TABLE {
        let leg = row.leg.map_or_else(|| String::from("-"), |leg| leg.to_string());
        let codes: Vec<String> = row.codes.iter().map(u16::to_string).collect();
        let codes = if codes.is_empty() { String::from("-") } else { codes.join(", ") };
        for advice in row.advice {
            // Writing into a String cannot fail.
            let _written = writeln!(
                page,
                "| {} | `{:?}` | {leg} | {codes} | {} | {} | {} |",
                row.seen, row.symptom, advice.place, advice.cause, advice.remedy
            );
        }
    }
    page
}
