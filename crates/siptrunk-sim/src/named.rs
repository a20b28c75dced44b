//! Names of faults, for command lines and tables.

/// A list of faults of an end, each with its name and the symptom that it shows.
macro_rules! faults {
    (
        $(#[$enum_doc:meta])*
        pub enum Fault {
            $($(#[$doc:meta])* $fault:ident, $name:literal, $symptom:literal;)*
        }
    ) => {
        $(#[$enum_doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Fault {
            $($(#[$doc])* $fault,)*
        }

        impl Fault {
            /// Every fault.
            pub const ALL: &[Self] = &[$(Self::$fault,)*];

            /// A short name, for a command line.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$fault => $name,)*
                }
            }

            /// What somebody who runs a trunk sees of it.
            pub fn symptom(self) -> &'static str {
                match self {
                    $(Self::$fault => $symptom,)*
                }
            }
        }

        impl std::fmt::Display for Fault {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }

        /// From [`Fault::name`].
        impl std::str::FromStr for Fault {
            type Err = $crate::UnknownFault;

            fn from_str(name: &str) -> Result<Self, Self::Err> {
                let known = Self::ALL.iter().find(|fault| fault.name() == name).copied();
                known.ok_or_else(|| {
                    let names: Vec<&str> = Self::ALL.iter().map(|fault| fault.name()).collect();
                    $crate::UnknownFault { name: name.to_owned(), known: names.join(", ") }
                })
            }
        }
    };
}

pub(crate) use faults;

/// A name that no fault of an end has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no fault is called {name}; there are {known}")]
#[non_exhaustive]
pub struct UnknownFault {
    /// What was asked for.
    pub name: String,
    /// The names that there are.
    pub known: String,
}
