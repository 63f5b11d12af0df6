//! Pictures of a window as the display shows it.
//!
//! The page is painted by the processor, and WebKitWebDriver's own pictures come from the graphics
//! card's compositor only. What the display shows is what the person sees.

use x11rb::connection::Connection as _;
use x11rb::errors::ReplyError;
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _, ImageFormat, Window};
use x11rb::rust_connection::RustConnection;

/// A picture of the window of a program, as 8-bit RGB.
#[derive(PartialEq, Eq)]
pub struct Picture {
    width: u16,
    height: u16,
    rgb: Vec<u8>,
}

impl Picture {
    /// Takes a picture of the window whose class has this word. The window must not be covered.
    pub fn of(class: &str) -> Picture {
        let (display, screen) = x11rb::connect(None).expect("a display");
        let root = display.setup().roots[screen].root;
        let window = find(&display, root, class)
            .expect("the display answers")
            .expect("the window is on the display");
        take(&display, window).expect("the display gives a picture")
    }

    /// The picture as a PNG file.
    pub fn png(&self) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, self.width.into(), self.height.into());
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_compression(png::Compression::Fast);
        let mut writer = encoder.write_header().expect("a header");
        writer.write_image_data(&self.rgb).expect("the picture");
        writer.finish().expect("the end");
        file
    }
}

/// Looks through the windows, outermost first, for one that is shown and has the class.
fn find(display: &RustConnection, from: Window, class: &str) -> Result<Option<Window>, ReplyError> {
    for child in display.query_tree(from)?.reply()?.children {
        // A window may be gone between the list and the question.
        let Ok(property) = display
            .get_property(false, child, AtomEnum::WM_CLASS, AtomEnum::STRING, 0, 64)?
            .reply()
        else {
            continue;
        };
        let named = String::from_utf8_lossy(&property.value)
            .to_ascii_lowercase()
            .contains(class);
        // Toolkits keep tiny windows of the same class beside the one that is seen.
        if named && display.get_geometry(child)?.reply()?.width > 100 {
            return Ok(Some(child));
        }
        if let Some(found) = find(display, child, class)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

fn take(display: &RustConnection, window: Window) -> Result<Picture, ReplyError> {
    let size = display.get_geometry(window)?.reply()?;
    let all = u32::MAX;
    let image = display
        .get_image(
            ImageFormat::Z_PIXMAP,
            window,
            0,
            0,
            size.width,
            size.height,
            all,
        )?
        .reply()?;
    // 24 bits of colour in 32, blue first: what Xvfb and every desktop of today has.
    let rgb = image
        .data
        .chunks_exact(4)
        .flat_map(|pixel| [pixel[2], pixel[1], pixel[0]])
        .collect();
    Ok(Picture {
        width: size.width,
        height: size.height,
        rgb,
    })
}
