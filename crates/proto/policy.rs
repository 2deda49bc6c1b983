//! What the build asks of every method: that its declaration says who may call it.

use prost_reflect::DescriptorPool;

/// Refuses a method of ours without the option, and names it.
pub(crate) fn check(descriptors: &DescriptorPool) -> Result<(), String> {
    let policy = "partnerconnect.platform.v1.policy";
    let option = descriptors.get_extension_by_name(policy);
    let option = option.ok_or_else(|| format!("there is no option {policy}"))?;
    for service in descriptors.services() {
        for method in service.methods() {
            if !method.options().has_extension(&option) {
                let name = method.full_name();
                return Err(format!(
                    "{name} does not say who may call it: add `option ({policy}) = {{…}};`"
                ));
            }
        }
    }
    Ok(())
}
