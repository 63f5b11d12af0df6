//! A person at the demo books' consent page, over HTTP as a browser would be: read the form, press a
//! button, go where it leads. For the demo and for tests.

use reqwest::{Client, Url};

/// What the person presses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Press {
    /// "Allow access".
    Allow,
    /// "Cancel".
    Cancel,
}

/// Opens the page and presses; answers with the page the browser ends on.
///
/// # Errors
/// A page that cannot be opened or has no form, in words.
pub async fn follow(address: &str, press: Press) -> Result<String, String> {
    let browser = Client::builder()
        // The demo books are on this computer; a proxy has no business in between.
        .no_proxy()
        .build()
        .map_err(|error| error.to_string())?;
    let page = browser
        .get(address)
        .send()
        .await
        .map_err(|error| format!("the consent page does not open: {error}"))?;
    let at = page.url().clone();
    let html = page.text().await.map_err(|error| error.to_string())?;
    let form = form(&html).ok_or_else(|| format!("the consent page has no form: {html}"))?;
    let mut fields = form.fields;
    let decision = match press {
        Press::Allow => "allow",
        Press::Cancel => "cancel",
    };
    fields.push(("decision".to_owned(), decision.to_owned()));
    let action: Url = at.join(&form.action).map_err(|error| error.to_string())?;
    browser
        .post(action)
        .form(&fields)
        .send()
        .await
        .map_err(|error| format!("nobody hears the redirect: {error}"))?
        .text()
        .await
        .map_err(|error| error.to_string())
}

struct Form {
    action: String,
    fields: Vec<(String, String)>,
}

fn form(html: &str) -> Option<Form> {
    let (_, rest) = html.split_once("<form")?;
    let (form, _) = rest.split_once("</form>")?;
    let fields = form
        .split("<input")
        .skip(1)
        .filter_map(|input| {
            let tag = input.split('>').next()?;
            // What can be chosen is sent only if it is.
            let choice = attribute(tag, "type")
                .is_some_and(|kind| matches!(kind.as_str(), "checkbox" | "radio"));
            if choice && !tag.split_whitespace().any(|word| word == "checked") {
                return None;
            }
            Some((attribute(tag, "name")?, attribute(tag, "value")?))
        })
        .collect();
    Some(Form {
        action: attribute(form.split('>').next()?, "action")?,
        fields,
    })
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    let (value, _) = rest.split_once('"')?;
    Some(
        value
            .replace("&quot;", "\"")
            .replace("&#39;", "'")
            .replace("&#x27;", "'")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&"),
    )
}

#[cfg(test)]
mod tests {
    use super::form;

    #[test]
    fn the_form_is_read() {
        let html = "<p>x</p><form method=\"post\" action=\"/a?b=1&amp;c=2\">\
            <input type=\"hidden\" name=\"request\" value=\"r&quot;1\">\
            <input type=\"checkbox\" name=\"one\" value=\"1\" checked>\
            <input type=\"checkbox\" name=\"two\" value=\"2\"><button>Go</button></form>";
        let Some(form) = form(html) else {
            panic!("no form");
        };
        assert_eq!(form.action, "/a?b=1&c=2");
        let want = [("request", "r\"1"), ("one", "1")];
        assert_eq!(
            form.fields,
            want.map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
    }

    #[test]
    fn a_page_without_a_form_has_none() {
        assert!(form("<h1>Error code: 500</h1>").is_none());
    }
}
