using System.Globalization;
using System.Text.Json;

namespace Unarr.EndToEnd.Tests.Middleboxes;

/// <summary>A real nginx before a control plane.</summary>
internal sealed class Nginx : Middlebox
{
    public const string Program = "nginx";
    private const string AccessLog = "access.log";

    private Nginx()
        : base(Program)
    {
        Port = NewPort();
    }

    private int Port { get; }

    /// <summary>Starts one that speaks plain HTTP.</summary>
    /// <param name="controlPlane">Where what it is asked for is.</param>
    /// <param name="directives">Further directives for it.</param>
    /// <param name="isReloadable">Whether it has a worker that a reload replaces, which then cuts what is open.</param>
    public static async Task<(Nginx Nginx, Uri Address)> StartAsync(Uri controlPlane, string directives, bool isReloadable = false)
    {
        Nginx nginx = new();
        await StartedAsync(nginx, nginx.ListenAsync(
            Server("", controlPlane, nginx.Port, directives),
            isReloadable ? "user root; worker_processes 1; worker_shutdown_timeout 100ms;" : "master_process off;"));
        return (nginx, new Uri($"http://127.0.0.1:{nginx.Port}"));
    }

    /// <summary>Starts one that speaks TLS 1.3 and HTTP/2: one server for each certificate.</summary>
    public static async Task<(Nginx Nginx, Uri[] Addresses)> StartAsync(Uri controlPlane, params PrivateCertificate[] certificates)
    {
        Nginx nginx = new();
        List<string> servers = [];
        List<Uri> addresses = [];
        foreach (PrivateCertificate certificate in certificates)
        {
            int port = nginx.NewPort();
            string file = nginx.Write($"{port}.crt", certificate.Certificate);
            string key = nginx.Write($"{port}.key", certificate.Key);
            servers.Add(Server(
                " ssl http2", controlPlane, port, $"ssl_protocols TLSv1.3; ssl_certificate {file}; ssl_certificate_key {key};"));
            addresses.Add(new Uri($"https://127.0.0.1:{port}"));
        }

        await StartedAsync(nginx, nginx.ListenAsync(string.Join('\n', servers)));
        return (nginx, [.. addresses]);
    }

    /// <summary>Starts one with a guide's server block, whose addresses and certificate are replaced by those of the test.</summary>
    public static async Task<(Nginx Nginx, Uri Address)> StartAsync(string block, Uri controlPlane, PrivateCertificate certificate)
    {
        Nginx nginx = new();
        string file = nginx.Write("fullchain.pem", certificate.Certificate);
        string key = nginx.Write("privkey.pem", certificate.Key);
        string server = Replaced(Replaced(Replaced(Replaced(
            block, "listen 443 ssl;", $"listen 127.0.0.1:{nginx.Port} ssl;"),
            "/etc/ssl/control.example.com/fullchain.pem", file),
            "/etc/ssl/control.example.com/privkey.pem", key),
            "http://127.0.0.1:8080", controlPlane.GetLeftPart(UriPartial.Authority));
        await StartedAsync(nginx, nginx.ListenAsync(server));
        return (nginx, new Uri($"https://127.0.0.1:{nginx.Port}"));
    }

    /// <summary>Has it read its configuration again: a new worker takes over, and the old one ends.</summary>
    public async Task ReloadAsync()
    {
        using System.Diagnostics.Process kill = System.Diagnostics.Process.Start(
            "kill", ["-HUP", Process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync().WaitAsync(Patience);
    }

    /// <summary>Ends it and tells what it was asked for, as it has it in its log: a request is there when it has ended.</summary>
    public async Task<IReadOnlyList<NginxRequest>> EndAndReadLogAsync()
    {
        await EndAsync();
        return [.. File.ReadLines(InFolder(AccessLog)).Select(
            line => JsonSerializer.Deserialize<NginxRequest>(line, JsonSerializerOptions.Web)!)];
    }

    private static string Replaced(string text, string old, string next)
    {
        Assert.Contains(old, text, StringComparison.Ordinal);
        return text.Replace(old, next, StringComparison.Ordinal);
    }

    private static string Server(string listen, Uri controlPlane, int port, string directives) =>
        $$"""
        server {
            listen 127.0.0.1:{{port}}{{listen}};
            {{directives}}
            location / { proxy_pass {{controlPlane.GetLeftPart(UriPartial.Authority)}}; }
        }
        """;

    private async Task ListenAsync(string servers, string processes = "master_process off;")
    {
        string configuration = Write(
            "nginx.conf",
            $$"""
            daemon off;
            {{processes}}
            pid nginx.pid;
            error_log stderr notice;
            events { }
            http {
                log_format json '{"path":"$uri","status":$status,"http":"$server_protocol","tls":"$ssl_protocol","connection":$connection}';
                access_log {{AccessLog}} json;
                client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
                {{servers}}
            }
            """);
        Start(new Dictionary<string, string>(), "-p", InFolder(""), "-e", "stderr", "-c", configuration);

        // It tells this once its ports are listened on.
        List<string> said = [];
        while (await Process.StandardError.ReadLineAsync().WaitAsync(Patience) is { } line)
        {
            said.Add(line);
            if (line.Contains("event method", StringComparison.Ordinal))
            {
                _ = Process.StandardError.ReadToEndAsync();
                return;
            }
        }

        throw new InvalidOperationException(string.Join('\n', said));
    }
}
