using System.Net;

namespace Unarr.ControlPlane.Lines;

/// <summary>The log lines of the program; the hub's are the hub's own.</summary>
internal static partial class ControlPlaneLog
{
    [LoggerMessage(50, LogLevel.Warning, "The web server: {Line} ({Count} since the last such line)")]
    public static partial void WebServer(ILogger logger, string line, int count);

    [LoggerMessage(51, LogLevel.Critical, "The web server: {Line}")]
    public static partial void WebServerStopped(ILogger logger, Exception? exception, string line);

    [LoggerMessage(52, LogLevel.Warning, "All {Count} connections that the limit of open files allows are in use: others wait")]
    public static partial void ConnectionsFull(ILogger logger, int count);

    [LoggerMessage(60, LogLevel.Information, "The certificate '{File}' was read again: it is valid until {Until}")]
    public static partial void CertificateRead(ILogger logger, string file, string until);

    [LoggerMessage(61, LogLevel.Error, "The certificate '{File}' cannot be used, and the one in use stays: {Reason}")]
    public static partial void CertificateUnusable(ILogger logger, string file, string reason);

    [LoggerMessage(62, LogLevel.Warning, "The certificate '{File}' was valid until {Until}: clients will refuse it")]
    public static partial void CertificateOver(ILogger logger, string file, string until);

    [LoggerMessage(63, LogLevel.Information, "Operator {Operator} at {Address}: {Action} for {Agents}, {Outcome}")]
    public static partial void OperatorDid(ILogger logger, string @operator, string? address, string action, string agents, string outcome);

    [LoggerMessage(64, LogLevel.Error, "The audit log cannot be written, and its entries are kept in memory only: {Reason}")]
    public static partial void AuditFailed(ILogger logger, string reason);

    [LoggerMessage(65, LogLevel.Warning, "The audit log can be written again; it lacks {Count} entries")]
    public static partial void AuditWorks(ILogger logger, long count);

    [LoggerMessage(66, LogLevel.Warning, "The audit log cannot be read: earlier entries are not shown. {Reason}")]
    public static partial void AuditUnread(ILogger logger, string reason);

    [LoggerMessage(70, LogLevel.Warning, "{Count} lines of this log were dropped: nobody read them in time")]
    public static partial void LinesDropped(ILogger logger, long count);

    [LoggerMessage(71, LogLevel.Information, "The operator {Name} signed in from {Address}")]
    public static partial void SignedIn(ILogger logger, string name, IPAddress? address);

    [LoggerMessage(72, LogLevel.Information, "The operator {Name} signed out from {Address}")]
    public static partial void SignedOut(ILogger logger, string name, IPAddress? address);

    [LoggerMessage(73, LogLevel.Warning, "A sign-in from {Address} failed ({Failures} without a pause)")]
    public static partial void SignInFailed(ILogger logger, IPAddress? address, int failures);

    [LoggerMessage(74, LogLevel.Warning, "Wrong keys in requests are answered late: {Address} ({Count} since the last such line)")]
    public static partial void WrongKeysSlowed(ILogger logger, string address, int count);

    [LoggerMessage(80, LogLevel.Warning, "The keys file '{File}' can be read by others than its owner: chmod 600")]
    public static partial void KeysReadable(ILogger logger, string file);

    [LoggerMessage(81, LogLevel.Warning,
        "{Address} is plain http, and not loopback: whoever is on the way can read the keys. Use --certificate, or a proxy that ends TLS "
        + "and --trusted-proxy")]
    public static partial void PlainHttp(ILogger logger, string address);

    [LoggerMessage(90, LogLevel.Warning, "There is no socket '{File}', so the store cannot be copied while it is open: {Reason}")]
    public static partial void NoStoreSocket(ILogger logger, string file, string reason);
}
