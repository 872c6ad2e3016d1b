using NATS.Client.Core;

namespace Unarr.Agents.Hub.Nats;

/// <summary>The options as they are used: a copy that was checked.</summary>
internal sealed class NatsSettings
{
    /// <summary>The oldest server that the store works with.</summary>
    public static readonly Version OldestServer = new(2, 10, 23);

    /// <summary>How long a call may take before its outcome is unknown: less than the 10 s within which a push is answered.</summary>
    public static readonly TimeSpan CallTime = TimeSpan.FromSeconds(9.5);

    /// <exception cref="ArgumentException">An option cannot be used.</exception>
    public NatsSettings(string servers, NatsAgentHubOptions options)
    {
        ThrowUnless(
            !servers.Contains('@'),
            "An address of a NATS server has no user and no password: they are shown where addresses are. Use a credentials file.",
            nameof(servers));
        Urls = [.. servers.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Checked)];
        ThrowUnless(Urls.Length > 0, "No NATS server is named.", nameof(servers));
        ThrowUnless(options.Replicas is null or (>= 1 and <= 5), "Replicas is 1 to 5.", nameof(options));
        ThrowUnless(options.MaxBytes >= 1024 * 1024, "MaxBytes is at least 1 MiB.", nameof(options));
        ThrowUnless(
            options.Prefix is { Length: > 0 and <= 64 } && options.Prefix.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'),
            "Prefix is 1 to 64 letters, digits, - and _.", nameof(options));
        ThrowUnless(
            options.NodeName is null || (options.NodeName.Length is > 0 and <= 128 && !options.NodeName.Any(char.IsControl)),
            "NodeName is 1 to 128 characters.", nameof(options));
        Monitors =
        [
            .. (options.MonitorAddresses ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .Select(Monitor),
        ];
        Create = options.Create;
        CredentialsFile = Existing(options.CredentialsFile, "credentials file");
        CaFile = Existing(options.CaFile, "file of the certificate authority");
        Replicas = options.Replicas;
        MaxBytes = options.MaxBytes;
        Prefix = options.Prefix;
        NodeName = options.NodeName ?? $"{Environment.MachineName}-{Random.Shared.GetHexString(6, lowercase: true)}";
    }

    public string[] Urls { get; }

    /// <summary>Where the servers are asked how they sync.</summary>
    public Uri[] Monitors { get; }

    public bool Create { get; }

    public string? CredentialsFile { get; }

    public string? CaFile { get; }

    public int? Replicas { get; }

    public long MaxBytes { get; }

    public string Prefix { get; }

    public string NodeName { get; }

    public NatsOpts ToConnection(ILoggerFactory loggers) => NatsOpts.Default with
    {
        Url = string.Join(',', Urls),
        Name = NodeName,

        // What this node publishes it knows already.
        Echo = false,
        LoggerFactory = loggers,
        AuthOpts = CredentialsFile is null ? NatsAuthOpts.Default : new NatsAuthOpts { CredsFile = CredentialsFile },
        TlsOpts = CaFile is null ? NatsTlsOpts.Default : new NatsTlsOpts { CaFile = CaFile, Mode = TlsMode.Require },
        ConnectTimeout = TimeSpan.FromSeconds(2),
        CommandTimeout = TimeSpan.FromSeconds(2),
        RequestTimeout = TimeSpan.FromSeconds(2),
        PingInterval = TimeSpan.FromSeconds(2),
        MaxPingOut = 2,
        MaxReconnectRetry = -1,
        ReconnectWaitMin = TimeSpan.FromMilliseconds(50),
        ReconnectWaitMax = TimeSpan.FromSeconds(1),
        RetryOnInitialConnect = false,
        IgnoreAuthErrorAbort = true,
        SubPendingChannelCapacity = 64 * 1024,
        SuppressSlowConsumerWarnings = true,
    };

    private static string Checked(string url)
    {
        string full = url.Contains("://", StringComparison.Ordinal) ? url : $"nats://{url}";
        ThrowUnless(
            Uri.TryCreate(full, UriKind.Absolute, out Uri? uri) && uri.Scheme is "nats" or "tls" && uri.Host.Length > 0,
            $"'{url}' is not an address of a NATS server, such as nats://10.0.0.1:4222.", nameof(url));
        return full;
    }

    private static Uri Monitor(string url)
    {
        ThrowUnless(
            Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https" && uri.UserInfo.Length == 0,
            $"'{url}' is not a monitoring address of a NATS server, such as http://10.0.0.1:8222.", nameof(url));
        return uri!;
    }

    private static string? Existing(string? file, string what)
    {
        ThrowUnless(file is null || File.Exists(file), $"There is no {what} '{file}'.", nameof(file));
        return file;
    }

    private static void ThrowUnless(bool isUsable, string why, string parameter)
    {
        if (!isUsable)
        {
            throw new ArgumentException(why, parameter);
        }
    }
}
