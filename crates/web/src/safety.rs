//! What holds for every page: what a browser may do with it, whose form is taken, and under which
//! name we are asked.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, ORIGIN, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method};

use crate::Web;
use crate::problem::Problem;

/// Own style and script alone, forms to ourselves alone, in nobody's frame.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; form-action 'self'; \
     frame-ancestors 'none'; base-uri 'none'";
/// What says from where a browser asks, where it does not say whose page it is.
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// Refuses what is asked under another name, and forms that are not sent by a page of ours.
pub(crate) async fn guard(State(web): State<Web>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    if !is_asked_by_name(&web, headers, request.uri().authority()) {
        return Problem::OtherHost.into_response();
    }
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if !reads && !is_ours(&web, headers) {
        return Problem::OtherSite.into_response();
    }
    let mut response = next.run(request).await;
    if web.secure {
        let year = HeaderValue::from_static("max-age=31536000");
        response
            .headers_mut()
            .insert(STRICT_TRANSPORT_SECURITY, year);
    }
    response
}

/// Over HTTP/2 the name stands in the address that is asked for.
fn is_asked_by_name(
    web: &Web,
    headers: &HeaderMap,
    authority: Option<&http::uri::Authority>,
) -> bool {
    let named = headers.get(HOST).map(HeaderValue::as_bytes);
    let asked = named.or(authority.map(|authority| authority.as_str().as_bytes()));
    asked.is_some_and(|asked| asked.eq_ignore_ascii_case(web.host.as_bytes()))
}

/// Whether a page of ours sends this. Our pages tell nobody where they are, so that browsers say
/// `null` of whose page it is, and say beside it whether that is the same site.
fn is_ours(web: &Web, headers: &HeaderMap) -> bool {
    let mut origins = headers.get_all(ORIGIN).iter();
    let (Some(origin), None) = (origins.next(), origins.next()) else {
        return false;
    };
    let same_site = headers
        .get(FETCH_SITE)
        .map(|site| site.as_bytes() == b"same-origin");
    match origin.as_bytes() {
        b"null" => same_site == Some(true),
        origin => origin == web.config.public_url.as_bytes() && same_site != Some(false),
    }
}

/// Tells browsers what they may do with what is answered.
pub(crate) async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_FRAME_OPTIONS, "DENY"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // the address of a page may be a secret
        (REFERRER_POLICY, "no-referrer"),
        (OPENER_POLICY, "same-origin"),
        (RESOURCE_POLICY, "same-origin"),
        (
            PERMISSIONS_POLICY,
            "camera=(), geolocation=(), microphone=()",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}
