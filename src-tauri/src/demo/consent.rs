//! Presses "Allow access" on the demo books' consent page, over HTTP, as a browser would.

use reqwest::Client;
use url::Url;

/// Opens the page, presses, and follows where it leads.
pub async fn allow(page: &Url) -> Result<(), String> {
    let browser = Client::builder()
        // The demo books are on this computer; a proxy has no business in between.
        .no_proxy()
        .build()
        .map_err(|why| why.to_string())?;
    let opened = browser
        .get(page.clone())
        .send()
        .await
        .map_err(|why| why.to_string())?;
    let at = opened.url().clone();
    let html = opened.text().await.map_err(|why| why.to_string())?;
    let (action, mut fields) = form(&html).ok_or("the page has no form")?;
    fields.push(("decision".to_owned(), "allow".to_owned()));
    let action = at.join(&action).map_err(|why| why.to_string())?;
    browser
        .post(action)
        .form(&fields)
        .send()
        .await
        .map_err(|why| why.to_string())?;
    Ok(())
}

/// The form's address and its hidden fields.
fn form(html: &str) -> Option<(String, Vec<(String, String)>)> {
    let (form, _) = html.split_once("<form")?.1.split_once("</form>")?;
    let fields = form
        .split("<input")
        .skip(1)
        .filter_map(|input| {
            let tag = input.split('>').next()?;
            Some((attribute(tag, "name")?, attribute(tag, "value")?))
        })
        .collect();
    Some((attribute(form.split('>').next()?, "action")?, fields))
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (value, _) = tag.split_once(&format!("{name}=\""))?.1.split_once('"')?;
    Some(
        value
            .replace("&quot;", "\"")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&"),
    )
}
