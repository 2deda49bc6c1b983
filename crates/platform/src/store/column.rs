//! Enums of a domain as columns, kept as the names of their values.

/// Lets enums of a domain be columns. They have names by `strum`; the declaring crate needs
/// `sea-orm`.
#[macro_export]
macro_rules! kept_by_name {
    ($($kind:ty),+ $(,)?) => { $(
        impl From<$kind> for ::sea_orm::Value {
            fn from(value: $kind) -> Self {
                <&str>::from(value).into()
            }
        }

        impl ::sea_orm::TryGetable for $kind {
            fn try_get_by<I: ::sea_orm::ColIdx>(row: &::sea_orm::QueryResult, column: I) -> Result<Self, ::sea_orm::TryGetError> {
                let name = <String as ::sea_orm::TryGetable>::try_get_by(row, column)?;
                let unknown = || ::sea_orm::DbErr::Type(format!("{} has no value {name}", stringify!($kind)));
                name.parse().map_err(|_| ::sea_orm::TryGetError::DbErr(unknown()))
            }
        }

        impl ::sea_orm::sea_query::ValueType for $kind {
            fn try_from(value: ::sea_orm::Value) -> Result<Self, ::sea_orm::sea_query::ValueTypeErr> {
                let name = <String as ::sea_orm::sea_query::ValueType>::try_from(value)?;
                name.parse().map_err(|_| ::sea_orm::sea_query::ValueTypeErr)
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
