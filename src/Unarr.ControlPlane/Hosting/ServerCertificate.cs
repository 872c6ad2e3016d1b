using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Unarr.Agents.Hub.Lines;
using Unarr.CommandLine;
using Unarr.ControlPlane.Lines;

namespace Unarr.ControlPlane.Hosting;

/// <summary>The server's certificate and its key, from files that are read again when they change.</summary>
/// <remarks>
/// A change counts once two looks in a row have found it, so that no file is read while it is being written. What cannot be used is one
/// line in the log, and the certificate in use stays.
/// </remarks>
internal sealed class ServerCertificate : IDisposable
{
    /// <summary>How often the files are looked at.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly string _certificateFile;
    private readonly string _keyFile;
    private readonly TimeProvider _time;
    private volatile SslStreamCertificateContext _current;
    private string _settled;
    private string _seen;
    private ILogger? _logger;
    private ITimer? _timer;

    private ServerCertificate(string certificateFile, string keyFile, TimeProvider time)
    {
        (_certificateFile, _keyFile, _time) = (certificateFile, keyFile, time);
        Files files = Read();
        _settled = _seen = files.Mark;
        _current = Load(files);
    }

    /// <summary>What connections get from now on.</summary>
    public SslStreamCertificateContext Current => _current;

    /// <param name="certificateFile">The certificate in PEM, and below it those between it and the root.</param>
    /// <param name="keyFile">Its key in PEM; the same file where it has both.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="UsageException">They cannot be used.</exception>
    public static ServerCertificate Open(string certificateFile, string keyFile, TimeProvider time)
    {
        try
        {
            return new ServerCertificate(certificateFile, keyFile, time);
        }
        catch (Exception exception) when (IsUnusable(exception))
        {
            throw new UsageException($"--certificate: '{certificateFile}' cannot be used: {Reason(exception)}.", exception);
        }
    }

    /// <summary>Looks at the files from now on.</summary>
    public void Watch(ILogger logger)
    {
        _logger = logger;
        if (IsOver(_current))
        {
            ControlPlaneLog.CertificateOver(_logger!, Printable.Text(_certificateFile), Until(_current));
        }

        _timer = _time.CreateTimer(static state => ((ServerCertificate)state!).Look(), this, Interval, Interval);
    }

    /// <summary>Reads the files now, changed or not.</summary>
    public void ReadAgain()
    {
        lock (_gate)
        {
            Take();
        }
    }

    public void Dispose() => _timer?.Dispose();

    private static bool IsUnusable(Exception exception) =>
        exception is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException;

    private static string Reason(Exception exception) => Printable.Text(exception.Message.ReplaceLineEndings(" ").TrimEnd('.'));

    private static SslStreamCertificateContext Load(Files files)
    {
        X509Certificate2Collection chain = [];
        chain.ImportFromPem(files.Certificate);
        if (chain.Count == 0)
        {
            throw new CryptographicException("it holds no certificate in PEM");
        }

        X509Certificate2 own = X509Certificate2.CreateFromPem(files.Certificate, files.Key);
        if (OperatingSystem.IsWindows())
        {
            own = X509CertificateLoader.LoadPkcs12(own.Export(X509ContentType.Pfx), null);
        }

        chain.RemoveAt(0);
        return SslStreamCertificateContext.Create(own, chain, offline: true);
    }

    private static string Until(SslStreamCertificateContext context) =>
        context.TargetCertificate.NotAfter.ToUniversalTime().ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    private bool IsOver(SslStreamCertificateContext context) => context.TargetCertificate.NotAfter.ToUniversalTime() <= _time.GetUtcNow();

    private Files Read()
    {
        byte[] certificate = File.ReadAllBytes(_certificateFile);
        byte[] key = File.ReadAllBytes(_keyFile);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(certificate);
        hash.AppendData(SHA256.HashData(key));
        return new Files(Convert.ToHexString(hash.GetHashAndReset()), Encoding.UTF8.GetString(certificate), Encoding.UTF8.GetString(key));
    }

    private void Look()
    {
        // A look that takes longer than the interval is not joined by the next one.
        if (!_gate.TryEnter())
        {
            return;
        }

        try
        {
            string mark = Mark();
            bool isStable = mark == _seen;
            _seen = mark;
            if (isStable && mark != _settled)
            {
                Take();
            }
        }
        finally
        {
            _gate.Exit();
        }
    }

    private string Mark()
    {
        try
        {
            return Read().Mark;
        }
        catch (Exception exception) when (IsUnusable(exception))
        {
            return exception.Message;
        }
    }

    private void Take()
    {
        string mark = "";
        try
        {
            Files files = Read();
            mark = files.Mark;
            SslStreamCertificateContext next = Load(files);
            if (IsOver(next))
            {
                throw new CryptographicException($"it was valid until {Until(next)}");
            }

            _current = next;
            ControlPlaneLog.CertificateRead(_logger!, Printable.Text(_certificateFile), Until(next));
        }
        catch (Exception exception) when (IsUnusable(exception))
        {
            mark = mark.Length == 0 ? exception.Message : mark;
            ControlPlaneLog.CertificateUnusable(_logger!, Printable.Text(_certificateFile), Reason(exception));
        }

        _settled = _seen = mark;
    }

    /// <summary>The files' texts; the mark tells one content from another.</summary>
    private sealed record Files(string Mark, string Certificate, string Key);
}
