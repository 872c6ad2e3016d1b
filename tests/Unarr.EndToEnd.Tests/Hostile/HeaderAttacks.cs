namespace Unarr.EndToEnd.Tests.Hostile;

/// <summary>Attacks by an answer's status and headers, on every endpoint.</summary>
internal static class HeaderAttacks
{
    /// <summary>A body with status 200 that is neither an event stream nor JSON.</summary>
    public const string Foreign = "Foreign";

    private static readonly string[] Everywhere = ["events", "wake", "sync"];

    public static IReadOnlyDictionary<string, Attack> All { get; } = new Dictionary<string, Attack>
    {
        ["headers without end"] = Flood("UnexpectedEnd", "HTTP/1.1 200 OK\r\n", "X-Header: value\r\n"),
        ["header line without end"] = Flood("UnexpectedEnd", "HTTP/1.1 200 OK\r\nX-Header: ", "x"),
        ["status line without end"] = Flood("UnexpectedEnd", "HTTP/1.1 200 ", "O"),
        ["flood of 100 Continue"] = Flood("UnexpectedEnd", "", "HTTP/1.1 100 Continue\r\n\r\n"),
        ["flood of 103 Early Hints"] = Flood("UnexpectedEnd", "", "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"),
        ["flood of blank lines before the status"] = Flood("UnexpectedEnd", "", "\r\n"),
        ["switched protocols"] = Raw("HttpStatus 101", "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"),
        ["no HTTP"] = Raw("UnexpectedEnd", "SSH-2.0-OpenSSH_10.0\r\n"),
        ["two content lengths"] = Raw(Foreign, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"),
        ["negative content length"] = Raw(Foreign, "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"),
        ["headers that are not UTF-8"] = Answer(
            "HttpStatus 500", "500 \u00ff\u00fe", "X-Header: \u00ff\r\nContent-Type: \u00ff/\u00fe; charset=\u00ff\r\n", "\u00ff\u00fe"),
        ["header name that is not ASCII"] = Answer("UnexpectedEnd", "200 OK", "X-\u00e9: x\r\n", ""),
        ["empty answer"] = Answer("HttpStatus 204", "204 No Content", "", ""),
        ["reset content"] = Answer("HttpStatus 205", "205 Reset Content", "", ""),
        ["page with status 200"] = Answer(Foreign, "200 OK", "Content-Type: text/html\r\n", "<html>Please log in</html>"),
        ["error page without end"] = new(Everywhere, "HttpStatus 500", async exchange =>
        {
            await exchange.WriteAsync("HTTP/1.1 500 Internal Server Error\r\nContent-Type: text/html\r\n\r\n");
            await exchange.FloodAsync("<p>");
        })
        { IsHeavy = true },
        ["Retry-After of 30 years"] = Answer("HttpStatus 503 after 300 s", "503 Service Unavailable", "Retry-After: 1000000000\r\n", ""),
        ["Retry-After of 1e9"] = Answer("HttpStatus 503", "503 Service Unavailable", "Retry-After: 1e9\r\n", ""),
        ["Retry-After past every number"] = Answer(
            "HttpStatus 429 after 300 s", "429 Too Many Requests", "Retry-After: 99999999999999999999\r\n", ""),
        ["Retry-After negative"] = Answer("HttpStatus 429", "429 Too Many Requests", "Retry-After: -1\r\n", ""),
        ["Retry-After in the year 9999"] = Answer(
            "HttpStatus 503 after 300 s", "503 Service Unavailable", "Retry-After: Fri, 31 Dec 9999 23:59:59 GMT\r\n", ""),
        ["Retry-After in the past"] = Answer(
            "HttpStatus 503", "503 Service Unavailable", "Retry-After: Thu, 01 Jan 1970 00:00:00 GMT\r\n", ""),
        ["redirect to http on another port"] = Redirect("http://127.0.0.1:9/"),
        ["redirect to another scheme"] = new(Everywhere, "HttpStatus 302", exchange =>
            RedirectAsync(exchange, $"https://{exchange.Request.Header("Host")}/api")),
        ["redirect to another host"] = Redirect("//thief.invalid/api"),
        ["redirect to a file"] = Redirect("file:///etc/passwd"),
        ["redirect to data"] = Redirect("data:text/event-stream,%3A%20hb"),
        ["redirect to nowhere"] = Redirect(""),
        ["redirect to what is no address"] = Redirect("http://[::1"),
        ["redirect with a user"] = new(
            Everywhere, "HttpStatus 302", exchange => RedirectAsync(exchange, $"http://user@{exchange.Request.Header("Host")}/api")),
        ["redirect in a loop"] = new(Everywhere, "HttpStatus 302", exchange => RedirectAsync(exchange, exchange.Request.Path))
        {
            RequestsAnAttempt = 6,
            IsHeavy = true,
        },
    };

    private static Attack Flood(string outcome, string first, string pattern) => new(Everywhere, outcome, async exchange =>
    {
        await exchange.WriteAsync(first);
        await exchange.FloodAsync(pattern);
    })
    { IsHeavy = true };

    private static Attack Raw(string outcome, string text) => new(Everywhere, outcome, exchange => exchange.WriteAsync(text));

    private static Attack Answer(string outcome, string status, string headers, string body) =>
        new(Everywhere, outcome, exchange => exchange.AnswerAsync(status, headers, body));

    private static Attack Redirect(string location) => new(Everywhere, "HttpStatus 302", exchange => RedirectAsync(exchange, location));

    private static Task RedirectAsync(HostileExchange exchange, string location) =>
        exchange.AnswerAsync("302 Found", $"Location: {location}\r\n", "");
}
