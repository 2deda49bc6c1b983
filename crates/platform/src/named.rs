//! Enums whose values have names: the ones that are stored, and that refusals tell. What they mean is their domain's.

/// Declares an enum whose values have names: the ones that are stored, and that refusals tell.
#[macro_export]
macro_rules! named {
    ($(#[$doc:meta])* pub enum $name:ident { $($(#[$value_doc:meta])* $value:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$value_doc])* $value,)+
        }

        impl $name {
            /// Every value, in the order declared.
            pub const ALL: &[Self] = &[$(Self::$value),+];

            /// The value's name.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$value => $text,)+
                }
            }

            /// The value of this name.
            pub fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == name)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

/// Lets named enums of a domain be columns, kept as their names. The declaring crate needs `sea-orm`.
#[macro_export]
macro_rules! kept_by_name {
    ($($kind:ty),+ $(,)?) => { $(
        impl From<$kind> for ::sea_orm::Value {
            fn from(value: $kind) -> Self {
                value.as_str().into()
            }
        }

        impl ::sea_orm::TryGetable for $kind {
            fn try_get_by<I: ::sea_orm::ColIdx>(row: &::sea_orm::QueryResult, column: I) -> Result<Self, ::sea_orm::TryGetError> {
                let name = <String as ::sea_orm::TryGetable>::try_get_by(row, column)?;
                let unknown = || ::sea_orm::DbErr::Type(format!("{} has no value {name}", stringify!($kind)));
                Self::named(&name).ok_or_else(|| ::sea_orm::TryGetError::DbErr(unknown()))
            }
        }

        impl ::sea_orm::sea_query::ValueType for $kind {
            fn try_from(value: ::sea_orm::Value) -> Result<Self, ::sea_orm::sea_query::ValueTypeErr> {
                let name = <String as ::sea_orm::sea_query::ValueType>::try_from(value)?;
                Self::named(&name).ok_or(::sea_orm::sea_query::ValueTypeErr)
            }

            fn type_name() -> String {
                stringify!($kind).to_owned()
            }

            fn array_type() -> ::sea_orm::sea_query::ArrayType {
                ::sea_orm::sea_query::ArrayType::String
            }

            fn column_type() -> ::sea_orm::sea_query::ColumnType {
                ::sea_orm::sea_query::ColumnType::String(::sea_orm::sea_query::StringLen::None)
            }
        }

        impl ::sea_orm::sea_query::Nullable for $kind {
            fn null() -> ::sea_orm::Value {
                <String as ::sea_orm::sea_query::Nullable>::null()
            }
        }

        impl ::sea_orm::IntoActiveValue<$kind> for $kind {
            fn into_active_value(self) -> ::sea_orm::ActiveValue<$kind> {
                ::sea_orm::ActiveValue::Set(self)
            }
        }
    )+ };
}
