//! `docs/troubleshooting.md` is the table of troubles of the bridge, word for word.

use std::fs;
use std::path::Path;

use siptrunk::bridge::troubleshooting;

/// After a change of the table, run this with `SIPTRUNK_WRITE_DOCS=1` to write the page anew.
#[test]
fn the_page_is_what_the_table_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/troubleshooting.md");
    let page = troubleshooting();
    if std::env::var_os("SIPTRUNK_WRITE_DOCS").is_some() {
        fs::write(&path, &page).expect("the page can be written");
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page,
        "docs/troubleshooting.md is not what the table says; write it anew:\n\
         SIPTRUNK_WRITE_DOCS=1 cargo test -p siptrunk-tests --test troubleshooting"
    );
}
