//! Prints the reference of the configuration file, or with `--schema` its JSON schema.

use siptrunk_profiles::Config;

fn main() {
    if std::env::args().any(|argument| argument == "--schema") {
        print!("{}", Config::schema());
    } else {
        print!("{}", Config::reference());
    }
}
