//! What the contract says of names: each type of resource declared once, with the template that the
//! services read and write, and every field that holds a name saying what it names.

use std::collections::BTreeMap;

use prost_reflect::{DescriptorPool, DynamicMessage, FieldDescriptor, MessageDescriptor, Value};
use vocabulary::name::{
    AcceptanceName, CustomerName, InvitationName, LicenseName, NoticeName, OrderName,
    PartnerCustomerName, PartnerName, PartnershipName, PrivilegeName, RelationshipName,
    SubscriptionName, UserName,
};

/// The types that there are, each with the template of its names.
const TYPES: [(&str, &str); 13] = [
    ("customer/License", LicenseName::TEMPLATE),
    ("customer/Order", OrderName::TEMPLATE),
    ("customer/Subscription", SubscriptionName::TEMPLATE),
    ("customer/User", UserName::TEMPLATE),
    ("invitation/Acceptance", AcceptanceName::TEMPLATE),
    ("invitation/Invitation", InvitationName::TEMPLATE),
    ("notification/Notice", NoticeName::TEMPLATE),
    ("relationship/Account", CustomerName::TEMPLATE),
    ("relationship/Customer", PartnerCustomerName::TEMPLATE),
    ("relationship/DelegatedPrivilege", PrivilegeName::TEMPLATE),
    ("relationship/Partner", PartnerName::TEMPLATE),
    ("relationship/Partnership", PartnershipName::TEMPLATE),
    ("relationship/Relationship", RelationshipName::TEMPLATE),
];

#[test]
fn every_type_of_resource_is_declared_once() {
    let mut declared = BTreeMap::new();
    for message in messages() {
        if let Some(resource) = option(&message.options(), "google.api.resource") {
            let Value::List(patterns) = field(&resource, "pattern") else {
                panic!("patterns")
            };
            let [Value::String(pattern)] = patterns.as_slice() else {
                panic!("{} has one pattern", message.full_name())
            };
            let earlier = declared.insert(text(&resource, "type"), pattern.clone());
            assert_eq!(earlier, None, "{} once more", message.full_name());
        }
    }
    let expected = TYPES.map(|(name, template)| (type_(name), template.to_owned()));
    assert_eq!(declared, expected.into());
}

#[test]
fn a_field_that_holds_a_name_says_what_it_names() {
    let (mut names, mut ids) = (0, 0);
    for message in messages() {
        let identifies = option(&message.options(), "google.api.resource").is_some();
        for field in message.fields() {
            let at = format!("{}.{}", message.full_name(), field.name());
            let said = comment(&field);
            let quoted = |template: &str| said.contains(&format!("`{template}`"));
            let named: Vec<_> = TYPES
                .iter()
                .filter(|(_, template)| quoted(template))
                .collect();
            let reference = option(&field.options(), "google.api.resource_reference");
            if let Some(reference) = &reference {
                names += 1;
                let (of, below) = (text(reference, "type"), text(reference, "child_type"));
                let known = TYPES
                    .iter()
                    .any(|(name, _)| [&of, &below].contains(&&type_(name)));
                assert!(known || of == "*", "{at} names {of}{below}");
                if let [(name, _)] = named[..] {
                    assert!(
                        of == type_(name) || !below.is_empty(),
                        "{at} names a {name}"
                    );
                }
            }
            let own = identifies && field.name() == "name";
            assert!(
                named.is_empty() || own || reference.is_some(),
                "{at} does not say what it names"
            );
            if field.name() == "request_id" {
                ids += 1;
                let info = option(&field.options(), "google.api.field_info");
                let info = info.unwrap_or_else(|| panic!("{at} does not say how it is written"));
                assert_eq!(
                    self::field(&info, "format"),
                    Value::EnumNumber(1),
                    "{at}: UUID4"
                );
            }
        }
    }
    assert!(
        names > 120 && ids > 20,
        "{names} names and {ids} ids are found"
    );
}

fn type_(name: &str) -> String {
    format!("partnerconnect.{name}")
}

fn pool() -> &'static DescriptorPool {
    proto::descriptors()
}

fn messages() -> impl Iterator<Item = MessageDescriptor> {
    let all = pool().all_messages();
    all.filter(|message| message.package_name().starts_with("partnerconnect."))
}

/// An option of a declaration, where it has it.
fn option(options: &DynamicMessage, name: &str) -> Option<DynamicMessage> {
    let extension = pool().get_extension_by_name(name).expect(name);
    let value = options
        .has_extension(&extension)
        .then(|| options.get_extension(&extension))?;
    Some(value.as_message().expect("a message").clone())
}

fn field(message: &DynamicMessage, name: &str) -> Value {
    let value = message.get_field_by_name(name).expect("it is declared");
    value.into_owned()
}

fn text(message: &DynamicMessage, name: &str) -> String {
    let Value::String(text) = field(message, name) else {
        panic!("{name} is a text")
    };
    text
}

/// What stands above a field.
fn comment(field: &FieldDescriptor) -> String {
    let file = field.parent_file();
    let info = file.file_descriptor_proto().source_code_info.as_ref();
    let locations = &info.expect("source info is kept").location;
    let above = locations.iter().find(|one| one.path == field.path());
    above
        .map(|one| one.leading_comments().to_owned())
        .unwrap_or_default()
}
